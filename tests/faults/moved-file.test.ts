/** A SQLite file that is deleted under a process that writes nothing: the process ends with a sentence, and makes no file anew. */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Sandbox } from '../processes/sandbox.ts';
import { Program } from '../processes/program.ts';
import { faultTimeoutMs } from './on-each-store.ts';

const waiting = join(import.meta.dirname, 'programs/waiting.ts');
const endings = ['', '-wal', '-shm'];
const options = { timeout: faultTimeoutMs };

function filesOf({ url }: Sandbox): readonly string[] {
  return endings.map((ending) => url + ending).filter((path) => existsSync(path));
}

describe('a database that is deleted under a process', () => {
  const ways = ['sleeping', 'sleeping with a key', 'in a nested flow', 'started', 'in a body that waits', 'serving'];
  const cases = ways.flatMap((how) => ['0', '10'].map((inMemory) => [how, inMemory] as const));
  test.for(cases)('%s, with %s runs that may wait in memory: it ends with the reason', options, async ([how, max]) => {
    await using sandbox = new Sandbox('sqlite', '');
    await using program = new Program(sandbox, waiting, { env: { IN_MEMORY_MAX: max }, arguments: [how] });
    await program.printed('begun');
    for (const ending of endings) rmSync(sandbox.url + ending, { force: true });
    const { code, stderr } = await program.ended;
    expect(code).toBe(1);
    expect(stderr.match(/^.*StoreUnavailable: .*/gm)).toEqual([expect.stringContaining('is not there any more')]);
    expect(filesOf(sandbox)).toEqual([]);
  });

  test('its heartbeat makes it not anew while a body blocks the main loop', options, async () => {
    await using sandbox = new Sandbox('sqlite', '');
    const env = { LEASE_MS: '500' };
    await using program = new Program(sandbox, waiting, { env, arguments: ['blocking its loop'] });
    expect(await program.ended).toMatchObject({ code: 1, stdout: expect.stringContaining('not there\n') });
    expect(filesOf(sandbox)).toEqual([]);
  });
});
