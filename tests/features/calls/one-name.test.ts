/** One name is one definition: another's value, body or run is never given for it, and the refusal names both places. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { flow, inputs, resume, runId, task } from 'millrace';
import { MemoryEngine } from '../../laws/in-memory-engine.ts';
import { Sandbox } from '../../processes/sandbox.ts';
import { Program, type ProgramOptions } from '../../processes/program.ts';

const imports = `import { flow, inputs, resume, serve, task } from 'millrace';
const told = (error) => console.log(error.code ?? error, error.message?.match(/[\\w-]+\\.\\w+:\\d+/g)?.join(' '));
`;

interface Case {
  readonly files: Readonly<Record<string, string>>;
  readonly entry?: string;
  readonly options?: ProgramOptions;
  readonly printed: string;
}

const twoMakers = `const make = (label) => task({ name: 'load', cache: inputs(), isolate: MODE }, async (n) => label + n);`;

const cases: Readonly<Record<string, Case>> = {
  'two tasks at one top level': {
    files: {
      'main.mjs': `${imports}try {
        task('load', () => 1); task('load', () => 2);
      } catch (error) { told(error) }`,
    },
    printed: 'DuplicateName main.mjs:4',
  },
  'two flows in two modules': {
    files: {
      'one.ts': `import { flow } from 'millrace'; export const f = flow('f', async () => 1);`,
      'main.mjs': `${imports}import './one.ts';
        try { flow('f', async () => 2) } catch (error) { told(error) }`,
    },
    printed: 'DuplicateName one.ts:1 main.mjs:4',
  },
  'a flow and a task of one name': {
    files: { 'main.mjs': `${imports}const t = task('f', () => 1); console.log(await flow('f', () => t())())` },
    printed: '1',
  },
  'a module that is loaded again': {
    files: {
      'one.mjs': `import { inputs, task } from 'millrace'; export const t = task({ name: 't', cache: inputs() }, async (n) => n);`,
      'main.mjs': `${imports}const { t } = await import('./one.mjs'); const again = await import('./one.mjs?v=2');
        console.log(await t(1), await again.t(1), await again.t(2), await t(2))`,
    },
    printed: '1 1 2 2',
  },
  'a CommonJS module that is loaded again, and as an ES module': {
    files: {
      'one.cjs': `const { inputs, task } = require('millrace'); exports.t = task({ name: 't', cache: inputs() }, async (n) => n);`,
      'main.cjs': `(async () => { const a = require('./one.cjs'); await a.t(1); delete require.cache[require.resolve('./one.cjs')];
        const b = require('./one.cjs'); console.log(a.t !== b.t, await b.t(1), await a.t(2)) })()`,
    },
    entry: 'main.cjs',
    printed: 'true 1 2',
  },
  'a package that is CommonJS and ES module': {
    files: {
      'dual.cjs': `const { inputs, task } = require('millrace'); exports.t = task({ name: 't', cache: inputs() }, async (n) => n);`,
      'dual.mjs': `import { inputs, task } from 'millrace'; export const t = task({ name: 't', cache: inputs() }, async (n) => n);`,
      'main.mjs': `${imports}import { createRequire } from 'node:module'; import { t } from './dual.mjs';
        console.log(await t(1), await createRequire(import.meta.url)('./dual.cjs').t(1))`,
    },
    printed: '1 1',
  },
  'a factory whose tasks nothing confuses': {
    files: {
      'main.mjs': `${imports}const make = (label) => task('load', async (n) => label + n);
        const all = ['a', 'b', 'c'].map(make);
        console.log((await flow('f', () => Promise.all(all.map((t) => t(1))))()).join())`,
    },
    printed: 'a1,b1,c1',
  },
  'a factory whose tasks are cached': {
    files: {
      'main.mjs': `${imports}${twoMakers.replace('MODE', `'inline'`)}
        const one = make('one'), two = make('two');
        await flow('f', () => two(1))().catch(told)`,
    },
    printed: 'DuplicateName main.mjs:3',
  },
  'a factory whose tasks are cached, and made one after the other': {
    files: {
      'main.mjs': `${imports}${twoMakers.replace('MODE', `'inline'`)}
        const one = make('one'); console.log(await flow('f', () => one(1))());
        const two = make('two'); await flow('g', () => two(1))().catch(told)`,
    },
    printed: 'one1\nDuplicateName main.mjs:3',
  },
  ...Object.fromEntries(
    ['thread', 'process'].map((mode) => [
      `a factory whose tasks run in a ${mode}`,
      {
        files: {
          'factory.mjs': `import { task } from 'millrace';
            export const make = (label) => task({ name: 'load', isolate: '${mode}' }, async (n) => label + n);
            export const only = (label) => task({ name: 'only', isolate: '${mode}' }, async (n) => label + n);`,
          'main.mjs': `${imports}import { make, only } from './factory.mjs';
            const one = make('one'), single = only('single'); await 0; const two = make('two');
            console.log(await flow('s', () => single(1))());
            await flow('f', () => one(1))().catch(told); await flow('g', () => two.with({ retries: 3 })(1))().catch(told);
            const inBody = flow('h', () => task({ name: 'load', isolate: '${mode}' }, async () => 'body')());
            await inBody().catch(told)`,
        },
        printed: 'single1\nDuplicateName factory.mjs:2\nDuplicateName factory.mjs:2\nConfigurationError undefined',
      },
    ]),
  ),
  'a factory whose flows are started by key, served and enqueued': {
    files: {
      'main.mjs': `${imports}const make = (label) => flow('f', async (n) => label + n);
        const one = make('one'), two = make('two');
        console.log(await one(1), await two(1));
        await two.with({ idempotencyKey: 'k' }).start(1).catch(told); await serve(one).catch(told); await one.enqueue(1).catch(told)`,
    },
    printed: 'one1 two1\nDuplicateName main.mjs:3\nDuplicateName main.mjs:3\nDuplicateName main.mjs:3',
  },
  'runs that this process began': {
    files: {
      'main.mjs': `${imports}let isBroken = true;
        const make = (label) => flow('f', async () => { if (isBroken) throw new Error('x'); return label });
        const handles = []; for (const label of ['one', 'two']) handles.push(await make(label).start());
        for (const handle of handles) await handle.result().catch(() => {});
        isBroken = false;
        for (const { id } of handles) console.log(await (await resume(id)).result())`,
    },
    printed: 'one\ntwo',
  },
};

/** Runs the program in a folder of its own, where `millrace` is installed. */
async function run(sandbox: Sandbox, { files, entry = 'main.mjs', options = {} }: Case): Promise<string> {
  const folder = join(sandbox.folder, 'project');
  mkdirSync(folder);
  symlinkSync(join(import.meta.dirname, '../../../node_modules'), join(folder, 'node_modules'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  await using program = new Program(sandbox, join(folder, entry), {
    ...options,
    env: { MILLRACE_LOG_LEVEL: 'critical' },
  });
  const { stdout, stderr } = await program.ended;
  return stdout + stderr;
}

describe('one name', () => {
  test.each(Object.entries(cases))('%s', { timeout: 60_000 }, async (_, given) => {
    await using sandbox = new Sandbox('sqlite', '');
    expect((await run(sandbox, given)).trimEnd()).toBe(given.printed);
  });

  test('a run that another process began is resumed into none of several', { timeout: 60_000 }, async () => {
    await using sandbox = new Sandbox('sqlite', '');
    const started = await run(sandbox, {
      files: {
        'main.mjs': `${imports}const a = flow('f', async () => { throw new Error('x') });
          const run = await a.start(); await run.result().catch(() => {}); console.log(run.id);`,
        'other.mjs': `${imports}const make = (label) => flow('f', async () => label); make('one'); await 0; make('two');
          await resume(process.argv[2]).catch(told)`,
      },
      printed: '',
    });
    await using program = new Program(sandbox, join(sandbox.folder, 'project/other.mjs'), {
      arguments: [started.trim()],
    });
    expect((await program.ended).stdout.trim()).toBe('DuplicateName other.mjs:3');
  });
});

describe('definitions that functions make', () => {
  const cachedTask = (label: string) => task({ name: 'cached', cache: inputs() }, async (n: number) => label + n);

  test.each(['one', 'two'])('each test has its own, on an engine of its own: %s', async (label) => {
    await using memory = new MemoryEngine();
    expect(await memory.run(() => flow('f', () => cachedTask(label)(1))())).toBe(`${label}1`);
  });

  test('a second one that would share the first one’s cache is refused', async () => {
    await using memory = new MemoryEngine();
    expect(await memory.run(() => cachedTask('one')(1))).toBe('one1');
    await expect(memory.run(() => cachedTask('two')(1))).rejects.toMatchObject({ code: 'DuplicateName' });
  });

  test('a copy with other options is the same definition', async () => {
    await using memory = new MemoryEngine();
    const cached = cachedTask('one');
    expect(await memory.run(() => cached(1))).toBe('one1');
    expect(await memory.run(() => cached.with({ tags: ['x'] })(1))).toBe('one1');
  });

  test('a body that is called again makes the same definition again', async () => {
    await using memory = new MemoryEngine();
    let attempt = 0;
    const outer = flow({ name: 'outer', retries: 1 }, async () => {
      attempt += 1;
      const cached = task({ name: 'of-body', cache: inputs() }, async (n: number) => n);
      const values = [await cached(1)];
      if (attempt === 1) throw new Error('once');
      values.push(await cached(2));
      return values;
    });
    expect(await memory.run(() => outer())).toEqual([1, 2]);
  });

  test('runs that share no cache each have their own', async () => {
    await using memory = new MemoryEngine();
    const outer = flow('outer', async (label: string) => {
      const cached = task({ name: 'of-run', cache: inputs().and(runId()) }, async (n: number) => label + n);
      return await cached(1);
    });
    expect(await memory.run(() => Promise.all([outer('a'), outer('b')]))).toEqual(['a1', 'b1']);
  });

  test('a resumed run goes on with the flow that began it', async () => {
    await using memory = new MemoryEngine();
    let isBroken = true;
    const make = (label: string) =>
      flow('made', async () => {
        if (isBroken) throw new Error('broken');
        return label;
      });
    await memory.run(async () => {
      const one = await make('one').start();
      const two = await make('two').start();
      await Promise.allSettled([one.result(), two.result()]);
      isBroken = false;
      expect(await (await resume(one.id)).result()).toBe('one');
      expect(await (await resume(two.id)).result()).toBe('two');
    });
  });
});
