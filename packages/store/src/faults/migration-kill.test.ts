/** F17: kill -9 in the middle of a migration. The next start goes on from there; no half schema is ever seen. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { taskRun } from '../conformance/harness.ts';
import { openStore } from '../index.ts';
import { migrations } from '../migrations/index.ts';

describe('kill -9 in the middle of a migration', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'millrace-migration-'));
    path = join(folder, 'store.db');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const startAndDie = async (readings: number): Promise<string | null> => {
    const child = fork(new URL('../conformance/migrating-process.ts', import.meta.url), [path, `${readings}`], {
      execArgv: ['--conditions=millrace-source', '--no-warnings'],
    });
    const [, signal] = (await once(child, 'exit')) as [number | null, string | null];
    return signal;
  };
  const look = (file: string) => {
    const database = new DatabaseSync(file);
    const schema = database.prepare('SELECT type, name, sql FROM sqlite_schema ORDER BY type, name').all();
    const version = Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
    const hasRecord = schema.some(({ name }) => name === 'millrace_migration');
    const applied = hasRecord ? database.prepare('SELECT id FROM millrace_migration ORDER BY id').all() : [];
    const integrity = database.prepare('PRAGMA integrity_check').get()?.['integrity_check'];
    database.close();
    return { schema, version, applied: applied.map(({ id }) => id), integrity };
  };

  // The clock is read once when opening begins and once within each migration's transaction.
  test.each(Array.from({ length: migrations.length + 1 }, (_, index) => index + 1))(
    'at clock reading %i',
    async (readings) => {
      const whole = join(folder, 'whole.db');
      await (await openStore({ url: whole })).close();
      expect(await startAndDie(readings)).toBe('SIGKILL');
      if (readings > 1) {
        const left = look(path);
        expect(left.integrity).toBe('ok');
        expect(left.applied).toEqual(migrations.slice(0, left.version).map(({ id }) => id));
        expect(left.version).toBe(readings - 2);
      }
      const store = await openStore({ url: path });
      await store.putTaskRun(taskRun(), null);
      await store.close();
      expect(look(path).schema).toEqual(look(whole).schema);
      expect(look(path).version).toBe(migrations.length);
    },
  );

  test('again and again, each time a step further', async () => {
    for (let start = 0; start <= migrations.length; start += 1) await startAndDie(2);
    const store = await openStore({ url: path });
    await store.putTaskRun(taskRun(), null);
    await store.close();
    expect(look(path).version).toBe(migrations.length);
  });
});
