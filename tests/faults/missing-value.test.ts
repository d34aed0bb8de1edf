/** F47: a recorded value whose bytes are gone fails the step that needs it, by name; it is never quietly computed again. */
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { expect, inject } from 'vitest';
import type { Sandbox } from '../processes/sandbox.ts';
import { Program } from '../processes/program.ts';
import { onEachStore } from './on-each-store.ts';

const largeValue = join(import.meta.dirname, 'programs/large-value.ts');

/** Takes the large values away, or puts them back. */
async function move(sandbox: Sandbox, where: 'away' | 'back'): Promise<void> {
  if (sandbox.dialect === 'sqlite') {
    const [here, there] = [join(sandbox.folder, 'blobs'), join(sandbox.folder, 'elsewhere')];
    renameSync(...((where === 'away' ? [here, there] : [there, here]) as [string, string]));
    return;
  }
  const schema = new URL(sandbox.url).searchParams.get('schema');
  const client = new pg.Client({ connectionString: inject('postgresUrl') });
  await client.connect();
  const key = where === 'away' ? "'lost/' || key" : 'substr(key, 6)';
  await client.query(`UPDATE ${schema}.blob_chunk SET key = ${key}`);
  await client.end();
}

onEachStore('a step whose recorded value is gone fails by name, and goes on once it is back', async (sandbox) => {
  await using dead = new Program(sandbox, largeValue, { env: { DIE: '1' } });
  expect((await dead.ended).signal).toBe('SIGKILL');
  await move(sandbox, 'away');
  await using failing = new Program(sandbox, largeValue);
  expect(await failing.ended).toMatchObject({ code: 1, stdout: expect.stringContaining('failed BlobMissing') });
  expect(sandbox.effects.counts()).toEqual(new Map([['large', 1]]));
  const [run] = (await sandbox.records()).flowRuns;
  expect(run?.state).toMatchObject({ name: 'Failed' });
  await move(sandbox, 'back');
  await using again = new Program(sandbox, largeValue, { arguments: [run?.id ?? ''] });
  expect(await again.ended).toMatchObject({ code: 0, stdout: 'result 200000\n', stderr: '' });
  expect(sandbox.effects.counts()).toEqual(
    new Map([
      ['large', 1],
      ['size', 1],
    ]),
  );
  expect(await sandbox.verify()).toEqual([]);
});
