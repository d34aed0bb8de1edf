/** However a program is written, named and started: its workers find its tasks, and run none of its flows again. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Sandbox } from '../../processes/sandbox.ts';
import { Program, type ProgramOptions } from '../../processes/program.ts';

const files = {
  'package.json': '{ "type": "module" }',
  'data.json': '{ "one": 1 }',
  'factory.ts': `
    import { task } from 'millrace';
    export const make = (name: string) => task({ name, isolate: MODE }, async (n: number) => name + n);
    export default task({ name: 'by-default', isolate: MODE }, async (n: number) => n + 1);`,
  'again.ts': `export { default as byDefault } from './factory.ts';`,
  'other.ts': `
    import { task } from 'millrace';
    export const other = task({ name: 'other', isolate: MODE }, async () => 'of other.ts');`,
  'top-level.ts': `
    import { flow, task } from 'millrace';
    import { byDefault } from './again.ts';
    import { other } from './other.ts';
    import data from './data.json' with { type: 'json' };
    const awaited = await new Promise<number>((resolve) => setTimeout(resolve, 5, 7));
    const uses = task({ name: 'uses', isolate: MODE }, async () => awaited + data.one + later);
    const same = task({ name: 'same', isolate: MODE }, async () => 'of top-level.ts');
    const later = 10;
    const main = flow('main', async () => [await byDefault(1), await uses(), await same(), await other()]);
    console.log(JSON.stringify(await main()));`,
  'made.ts': `
    import { flow } from 'millrace';
    import { make } from './factory.ts';
    const made = make('made');
    console.log(JSON.stringify(await flow('main', async () => await made(2))()));`,
  'options.ts': `
    import { flow, task } from 'millrace';
    const told = task({ name: 'told', isolate: MODE }, async () => [process.argv.slice(2), process.execArgv.includes('--stack-trace-limit=7')]);
    console.log(JSON.stringify(await flow('main', async () => await told())()));`,
  'common.cjs': `
    const { flow, task } = require('millrace');
    const told = task({ name: 'told', isolate: MODE }, async () => 'common');
    flow('main', async () => await told())().then((value) => console.log(JSON.stringify(value)));`,
  // Compiled, with a source map to a source that isn't there.
  'built.js': `
    import { flow, task } from 'millrace';
    const built = task({ name: 'built', isolate: MODE }, async () => 'built');
    console.log(JSON.stringify(await flow('main', async () => await built())()));
    //# sourceMappingURL=data:application/json,{"version":3,"sources":["src/built.ts"],"names":[],"mappings":";AAAA;AACA;AACA"}`,
  'text.tsx': `
    import { flow, task } from 'millrace';
    enum Color { Red = 'red' }
    const told = task({ name: 'told', isolate: MODE }, async () => Color.Red);
    console.log(JSON.stringify(await flow('main', async () => await told())()));`,
  'hooked.odd': `const { task } = require('millrace'); exports.odd = task({ name: 'odd', isolate: MODE }, async () => ODD);`,
  'hooked.cjs': `
    const { flow } = require('millrace');
    const { odd } = require('./hooked.odd');
    flow('main', async () => await odd())().then((value) => console.log(JSON.stringify(value)));`,
  // Fails in the first worker that loads it.
  'once.ts': `
    import { existsSync, writeFileSync } from 'node:fs';
    import { isMainThread } from 'node:worker_threads';
    import { flow, task } from 'millrace';
    const flag = new URL('flag', import.meta.url);
    if ((!isMainThread || process.send !== undefined) && !existsSync(flag)) {
      writeFileSync(flag, '');
      throw new Error('EAGAIN at load');
    }
    const once = task({ name: 'once', isolate: MODE }, async () => 'loaded');
    const error = await flow('first', async () => await once())().catch((error) => error);
    console.log(JSON.stringify([error.code, error.message, error.cause.message, await flow('main', async () => await once())()]));`,
  'below.ts': `
    import { flow, runOf, task } from 'millrace';
    await flow('first', async () => {})();
    const below = task({ name: 'below', isolate: MODE, retries: 3 }, async () => 'never');
    const error = await below().catch((reason) => reason);
    console.log(JSON.stringify([error.code, error.message.includes("'below'"), runOf(error)?.runCount]));`,
};

/** A folder whose name needs escaping in a URL. */
function write(sandbox: Sandbox, mode: string): string {
  const folder = join(sandbox.folder, 'odd name #1 100%');
  mkdirSync(folder);
  symlinkSync(join(import.meta.dirname, '../../../node_modules'), join(folder, 'node_modules'));
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(folder, name), text.replaceAll('MODE', `'${mode}'`).replaceAll(/^ {4}/gm, '').trimStart());
  }
  return folder;
}

const programs: [name: string, value: unknown, options: ProgramOptions][] = [
  ['top-level.ts', [2, 18, 'of top-level.ts', 'of other.ts'], {}],
  ['made.ts', 'made2', {}],
  ['options.ts', [['a', 'b'], true], { nodeArguments: ['--stack-trace-limit=7'], arguments: ['a', 'b'] }],
  ['common.cjs', 'common', {}],
  ['built.js', 'built', { nodeArguments: ['--enable-source-maps'] }],
  ['text.tsx', 'red', { nodeArguments: ['--import', 'tsx'] }],
  ['hooked.cjs', 'odd', { nodeArguments: ['--require', join(import.meta.dirname, 'programs/odd-hook.cjs')] }],
];

/** A worker's top-level calls never settle, so it never comes to what is defined below one that is awaited. */
const unreachable: ProgramOptions[] = [{}, { nodeArguments: ['--import', 'tsx'] }];

describe.each(['thread', 'process'] as const)('in a %s', (mode) => {
  test.each(programs)('%s', { timeout: 30_000 }, async (name, value, options) => {
    await using sandbox = new Sandbox('sqlite', '');
    await using program = new Program(sandbox, join(write(sandbox, mode), name), options);
    expect(await program.ended).toMatchObject({ code: 0, stderr: '', stdout: `${JSON.stringify(value)}\n` });
    expect((await sandbox.records()).flowRuns.map((run) => run.state.name)).toEqual(['Completed']);
  });

  test('a module that failed to load is named, and loaded anew by the next call', { timeout: 30_000 }, async () => {
    await using sandbox = new Sandbox('sqlite', '');
    const file = join(write(sandbox, mode), 'once.ts');
    await using program = new Program(sandbox, file, { env: { MILLRACE_LOG_LEVEL: 'critical' } });
    const [code, message, cause, value] = JSON.parse((await program.ended).stdout);
    expect([code, cause, value]).toEqual(['RunCrashed', 'EAGAIN at load', 'loaded']);
    expect(message).toMatch(
      new RegExp(`^The ${mode} of task 'once' could not load .*once\\.ts: Error: EAGAIN at load\\.$`),
    );
  });

  test.each(unreachable)(
    'a task below an awaited run is refused by name, once',
    { timeout: 30_000 },
    async (options) => {
      await using sandbox = new Sandbox('sqlite', '');
      await using program = new Program(sandbox, join(write(sandbox, mode), 'below.ts'), options);
      const reported = JSON.stringify(['ConfigurationError', true, 1]);
      expect(await program.ended).toMatchObject({ code: 0, stderr: '', stdout: `${reported}\n` });
    },
  );
});
