import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { CommandLine } from './command-line.ts';

const shell = new CommandLine();
afterAll(() => shell.close());

interface Run {
  readonly id: string;
  readonly name: string;
  readonly flowName: string;
  readonly state: { readonly type: string; readonly name: string };
  readonly parameters: unknown;
  readonly result?: unknown;
  readonly error?: { readonly name: string; readonly message: string };
}

describe('millrace run', () => {
  it('runs the flow that is named: its output on stdout, ours on stderr, with tree, result, place and next step', async () => {
    const { stdout, stderr, code } = await shell.run('run', 'flows.ts:sums', '-p', 'n=4');
    expect(code).toBe(0);
    expect(stdout).toBe('program output\n');
    expect(stderr).toMatch(/Flow run '[a-z-]+' began {2}sums {2}[0-9a-f-]{36}/);
    expect(stderr).toMatch(/Flow run '[a-z-]+' ended {2}✓ Completed {2}[\d.]+m?s {2}/);
    expect(stderr).toMatch(/✓ sums · [a-z-]+ {2}Completed/);
    expect(stderr.match(/✓ double-/g)).toHaveLength(4);
    expect(stderr).toContain('Result  12');
    expect(stderr).toContain(`Stored  ${shell.home}`);
    expect(stderr).toMatch(/Next {4}millrace flow-run inspect [0-9a-f-]{36}/);
  });

  it('tells a failure once: the error, the line that threw, its cause, the run, and what to do', async () => {
    const { stderr, code } = await shell.run('run', 'flows.ts:broken');
    expect(code).toBe(1);
    expect(stderr.match(/^TypeError: no user 7$/gm)).toHaveLength(1);
    expect(stderr).toMatch(/at flows\.ts:7:\d+\n {2}> {2}throw new TypeError/);
    expect(stderr).toContain('Caused by Error: socket hang up');
    expect(stderr).toMatch(/in fetch-user-\w+ \([0-9a-f-]{36}\)/);
    expect(stderr).toMatch(/millrace flow-run resume [0-9a-f-]{36} flows\.ts/);
  });

  it('is one JSON document with --json, whatever the program prints', async () => {
    const run = await shell.json<Run>('run', 'flows.ts:sums');
    expect(run).toMatchObject({ flowName: 'sums', state: { type: 'COMPLETED' }, result: 6 });
    const failed = await shell.json<Run>('run', 'flows.ts:broken');
    expect(failed).toMatchObject({ state: { type: 'FAILED' }, error: { name: 'TypeError', message: 'no user 7' } });
  });

  it('says nothing of itself with --quiet', async () => {
    expect(await shell.run('run', 'flows.ts:family', '-q')).toEqual({ stdout: '', stderr: '', code: 0 });
  });

  it('takes parameters as JSON or text, which a schema coerces or refuses before anything runs', async () => {
    expect((await shell.json<Run>('run', 'solo.ts', '-p', 'n=12', '-p', 'day=tue')).result).toEqual({
      n: 12,
      day: 'tue',
    });
    expect((await shell.json<Run>('run', 'solo.ts', '--param-json', '{"n":"3"}')).result).toEqual({ n: 3, day: 'mon' });
    const { stderr, code } = await shell.run('run', 'solo.ts', '-p', 'n=many');
    expect(code).toBe(2);
    expect(stderr).toContain("Flow 'solo' refuses its parameters: n:");
    expect((await shell.json<readonly Run[]>('flow-run', 'ls', '--flow-name', 'solo')).length).toBe(2);
  });

  it('gives the same run for the same key', async () => {
    const first = await shell.json<Run>('run', 'flows.ts:sums', '--key', 'nightly');
    const second = await shell.json<Run>('run', 'flows.ts:sums', '--key', 'nightly');
    expect(second.id).toBe(first.id);
    expect(second.result).toBe(6);
  });

  it('runs a script that runs its own flow once, and says so', async () => {
    const { stdout, stderr, code } = await shell.run('run', 'script.ts');
    expect(code).toBe(0);
    expect(stdout).toBe('hello\n');
    expect(stderr).toContain('runs its flow when it is loaded');
    expect((await shell.json<readonly Run[]>('flow-run', 'ls', '--flow-name', 'hello')).length).toBe(1);
  });

  it('runs TypeScript that Node can not strip under tsx, where that is installed', async () => {
    const run = await shell.json<Run>('run', 'enum.ts');
    expect(run.result).toBe('red');
  });

  it.each([
    [['run', 'nowhere.ts'], "There is no file 'nowhere.ts'"],
    [['run', 'flows.ts'], 'millrace run flows.ts:sums'],
    [['run', '.'], "'.' is a folder"],
    [['help', 'nope'], "unknown command 'nope'"],
    [['run', 'flows.ts:nope'], "has no flow 'nope'"],
    [['run', 'flows.ts:sums', '-p', 'm=1'], "no parameter 'm'. It takes n."],
    [['run', 'flows.ts:sums', '-p', 'n'], '-p name=value'],
    [['run', 'flows.ts:sums', '-p', 'n={1'], '{1 is not valid JSON: '],
    [['run', 'flows.ts:sums', '--param-json', '{'], '--param-json is not valid JSON'],
  ])('refuses %j with exit code 2 and the way out', async (args, message) => {
    const { stderr, code } = await shell.run(...args);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });

  it.each([
    [['run', '--json'], 2, { code: 'UsageError', message: "missing required argument 'file[:flow]'" }],
    [
      ['flow-run', 'ls', '--limit', 'x', '--json'],
      2,
      { code: 'UsageError', message: expect.stringContaining('whole number') },
    ],
    [['flow-run', 'lss', '--json'], 2, { code: 'UsageError', message: expect.stringContaining('Did you mean ls?') }],
    [['run', 'flows.ts:nope', '--json'], 2, { code: 'UsageError', message: expect.stringContaining("no flow 'nope'") }],
    [['run', 'bad.ts', '--json'], 1, { code: 'RangeError', message: 'bad day', what: 'bad.ts could not be loaded.' }],
  ])('is one JSON document on standard error with --json: %j', async (args, exitCode, error) => {
    const { stdout, stderr, code } = await shell.run(...args);
    expect([stdout, code]).toEqual(['', exitCode]);
    expect(JSON.parse(stderr)).toMatchObject({ error });
  });

  it.each([[['run', 'late.ts']], [['flow-run', 'start', 'late.ts']]])(
    'goes on to its end with %j, also while nothing but itself keeps the process alive',
    async (command) => {
      expect((await shell.run(...command)).code).toBe(0);
    },
  );

  it('says what a second Ctrl-C does, when the first does not end a run', async () => {
    const run = shell.start('run', 'flows.ts:deaf');
    await run.said('began');
    run.child.kill('SIGINT');
    await run.said('Ctrl-C again ends at once');
    run.child.kill('SIGINT');
    expect((await run.finished).code).toBe(130);
  });

  it('says how a paused run goes on', async () => {
    const run = shell.start('run', 'flows.ts:approval');
    await run.said("is paused for 'ok': millrace flow-run resume");
    run.child.kill('SIGINT');
    expect((await run.finished).stderr).toMatch(/flow-run resume [0-9a-f-]{36} --input VALUE\n/);
  });

  it('says that the program ended the process in the middle of a run', async () => {
    const { stderr, code } = await shell.run('run', 'flows.ts:leaving');
    expect(stderr).toContain('called process.exit(7) while runs were under way');
    expect(code).toBe(7);
  });

  it('does not end with 0 where the program does, in the middle of a run', async () => {
    const { stderr, code } = await shell.run('run', 'flows.ts:vanishing');
    expect(stderr).toContain('called process.exit(0) while runs were under way');
    expect(code).toBe(1);
  });

  it('tells an error of the module itself, with its line', async () => {
    const { stderr, code } = await shell.run('run', 'bad.ts');
    expect(code).toBe(1);
    expect(stderr).toMatch(/bad\.ts could not be loaded\.\nRangeError: bad day\n {2}at bad\.ts:2:7/);
  });

  it('on SIGINT cancels, records it, and exits 130', async () => {
    const run = shell.start('run', 'flows.ts:slow');
    await run.said('lingering');
    run.child.kill('SIGINT');
    const { stderr, code } = await run.finished;
    expect(code).toBe(130);
    expect(stderr).toMatch(/⊘ slow · [a-z-]+ {2}Cancelled/);
    expect(stderr).toMatch(/└─ ⊘ linger-\w+ {2}Cancelled/);
  });

  it('on SIGTERM hands the run over, says how it goes on, and exits 143', async () => {
    const run = shell.start('run', 'flows.ts:slow');
    await run.said('lingering');
    run.child.kill('SIGTERM');
    const { stderr, code } = await run.finished;
    expect(code).toBe(143);
    expect(stderr).toMatch(/‼ slow · [a-z-]+ {2}Crashed .*Stopped by SIGTERM/);
    expect(stderr).toMatch(/was stopped; resume it with: millrace flow-run resume [0-9a-f-]{36}\n$/);
  });
});

describe("another process's run", () => {
  it.each([
    ['run', (_: string) => ['run', 'flows.ts:slow', '--key', 'held']],
    ['resume', (id: string) => ['flow-run', 'resume', id, 'flows.ts']],
  ])('is waited for by %s, and goes on when nobody waits any longer', async (_, command) => {
    const holder = shell.start('run', 'flows.ts:slow', '--key', 'held');
    await holder.said('lingering');
    const [held] = await shell.json<readonly Run[]>('flow-run', 'ls', '--flow-name', 'slow', '--limit', '1');
    const { id = '', name = '' } = held ?? {};
    const waiting = shell.start(...command(id));
    await waiting.said(`Flow run '${name}' is owned by another process: waiting for it`);
    waiting.child.kill('SIGINT');
    const { stderr, code } = await waiting.finished;
    expect(stderr).toContain(`Flow run '${name}' continues: no longer waiting for it`);
    expect(stderr).not.toContain('Cancelled');
    expect(code).toBe(130);
    expect(await shell.run('flow-run', 'resume', id)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is Running in a live process: there is nothing to resume'),
    });
    expect((await shell.run('flow-run', 'cancel', id)).code).toBe(0);
    await holder.finished;
    expect((await shell.run('flow-run', 'delete', id)).code).toBe(0);
  });

  it('is waited for to its end, and told with its tree and result', async () => {
    const holder = shell.start('run', 'flows.ts:nap', '--key', 'nap');
    await holder.said('napping');
    const waiting = Array.from({ length: 2 }, () => shell.start('run', 'flows.ts:nap', '--key', 'nap'));
    for (const { finished } of waiting) {
      const { stderr, code } = await finished;
      expect(stderr).toMatch(/✓ nap · [a-z-]+ {2}Completed/);
      expect(stderr).toContain("Result  'slept'");
      expect(code).toBe(0);
    }
    await holder.finished;
  });

  it('is told where a serving process took up the rerun that was made here', async () => {
    const own = new CommandLine();
    onTestFinished(() => own.close());
    const original = await own.json<Run>('run', 'flows.ts:nap', '-p', 'length=10ms');
    const server = own.start('serve', 'flows.ts:nap');
    await server.said('Serving');
    const { stderr, code } = await own.run('flow-run', 'rerun', original.id, 'flows.ts', '-p', 'length=1s');
    expect(stderr).toContain("Result  'slept'");
    expect(code).toBe(0);
  });

  it('is shown as it is when it has ended', async () => {
    await shell.run('run', 'flows.ts:sums', '--key', 'ended');
    const { stderr } = await shell.run('run', 'flows.ts:sums', '--key', 'ended');
    expect(stderr).toMatch(/Flow run '[a-z-]+' has ended already {2}✓ Completed {2}[0-9a-f-]{36}/);
    expect(stderr).toContain('Result  6');
  });
});

describe('the bin', () => {
  // The time differs by machine; `npm run bench` measures it.
  it.each([
    ['--version', 8],
    ['--help', 40],
  ])(
    'loads for %s the command alone: no engine, ledger or store, and no more than %i modules',
    async (option, most) => {
      const list = join(shell.home, 'modules');
      const preload = new URL('./module-list.ts', import.meta.url).href;
      const listing = new CommandLine({ NODE_OPTIONS: `--import=${preload}`, MODULE_LIST: list });
      onTestFinished(() => listing.close());
      expect((await listing.run(option)).code).toBe(0);
      const modules = readFileSync(list, 'utf8').split('\n');
      const own = modules.filter((url) => !url.includes('/node_modules/'));
      const packages = own.map((url) => /\/packages\/([^/]+)\//.exec(url)?.[1]);
      expect(new Set(packages)).toEqual(new Set(['cli', 'millrace']));
      expect(modules.length).toBeLessThanOrEqual(most);
    },
  );
});
