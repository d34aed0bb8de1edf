/**
 * A program in one file, with Millrace in it and nothing installed beside it: it runs its flow, its heart beats while a body
 * blocks the main loop, and its isolated tasks find their worker in the same file.
 */
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { describe, expect, test } from 'vitest';
import { Sandbox } from '../../processes/sandbox.ts';
import { onEachStore } from '../../faults/on-each-store.ts';
import { Program } from '../../processes/program.ts';
// @ts-expect-error: a build script, without types
import { programsAsText } from '../../../scripts/setup/bundle.mjs';

const text = `
import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';
import { flow, step, task } from 'millrace';
import { provideRuntime } from '@millrace/engine/internal';
import { openEngine } from '@millrace/local';

const LEASE_MS = 900;
if (process.argv[2] === 'block') provideRuntime(() => openEngine({ timing: { leaseMs: LEASE_MS, heartbeatMs: LEASE_MS / 3 } }));
const where = task({ name: 'where' }, async () => [process.send !== undefined, typeof document]);
const factory = (name) => task({ name, isolate: 'thread' }, async () => name);
const made = [factory('one'), factory('two')];
const main = flow('main', async () => [
  await where(), await where.with({ isolate: 'thread' })(), await where.with({ isolate: 'process' })(),
  await made[1](), await task({ name: 'inner', isolate: 'thread' }, async () => 1)().catch((error) => error.code),
]);
/** Of the lease; on SQLite read before the main loop can do anything else. */
async function leftMs() {
  const url = process.env.MILLRACE_DATABASE_URL;
  if (!url.startsWith('postgres:'))
    return new DatabaseSync(url).prepare('SELECT expires_at FROM session').get().expires_at / 1000 - Date.now();
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const schema = new URL(url).searchParams.get('schema');
  const { rows } = await client.query('SELECT expires_at / 1000 - 1000 * extract(epoch FROM now()) AS left FROM ' + schema + '.session');
  await client.end();
  return rows[0].left;
}
/** Whether the lease still holds after the main loop did nothing else for three times as long. */
const blocking = flow('blocking', async () => {
  await step('record', () => 1);
  const until = Date.now() + 3 * LEASE_MS;
  while (Date.now() < until);
  return (await leftMs()) > 0;
});
(process.argv[2] === 'block' ? blocking : main)().then((value) => console.log(JSON.stringify(value)));
`;

async function bundle(sandbox: Sandbox, format: 'cjs' | 'esm'): Promise<string> {
  const folder = join(sandbox.folder, 'source');
  mkdirSync(folder);
  symlinkSync(fileURLToPath(new URL('../../../node_modules', import.meta.url)), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'app.js'), text);
  const build = await rolldown({
    input: join(folder, 'app.js'),
    platform: 'node',
    resolve: { conditionNames: ['millrace-source', 'node'] },
    plugins: [programsAsText()],
    // As bundlers do that know no place of a module in one CommonJS file.
    ...(format === 'cjs' ? { transform: { define: { 'import.meta.url': 'undefined' } } } : {}),
  });
  const file = join(sandbox.folder, format === 'cjs' ? 'app.cjs' : 'app.mjs');
  await build.write({ file, format, minify: true, codeSplitting: false });
  await build.close();
  rmSync(folder, { recursive: true });
  return file;
}

describe.each(['cjs', 'esm'] as const)('one %s file', (format) => {
  test('runs and isolates', { timeout: 120_000 }, async () => {
    await using sandbox = new Sandbox('sqlite', '');
    await using program = new Program(sandbox, await bundle(sandbox, format));
    const here = [false, 'undefined'];
    expect(await program.ended).toMatchObject({
      code: 0,
      stdout: `${JSON.stringify([here, here, [true, 'undefined'], 'two', 'ConfigurationError'])}\n`,
    });
  });

  onEachStore('its heart beats while the main loop is blocked', async (sandbox) => {
    await using program = new Program(sandbox, await bundle(sandbox, format), { arguments: ['block'] });
    // A thread that fails says so on standard error.
    expect(await program.ended).toMatchObject({ code: 0, stderr: '', stdout: 'true\n' });
  });
});
