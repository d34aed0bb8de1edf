import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { CommandLine } from './command-line.ts';

const shell = new CommandLine();
afterAll(() => shell.close());

interface Run {
  readonly id: string;
  readonly name: string;
  readonly state: { readonly type: string; readonly name: string };
  readonly result?: unknown;
  readonly parameters?: unknown;
  readonly rerunOf?: string | null;
}

async function newest(flowName: string, on = shell): Promise<Run> {
  const [run] = await on.json<readonly Run[]>('flow-run', 'ls', '--flow-name', flowName, '--limit', '1');
  if (run === undefined) throw new Error(`no run of ${flowName}`);
  return run;
}

describe('looking at runs', () => {
  let sums: Run;
  let family: Run;
  let broken: Run;
  beforeAll(async () => {
    sums = await shell.json<Run>('run', 'flows.ts:sums');
    family = await shell.json<Run>('run', 'flows.ts:family');
    broken = await shell.json<Run>('run', 'flows.ts:broken');
  });

  it('lists flow runs, nested ones only when asked', async () => {
    const { stdout } = await shell.run('flow-run', 'ls');
    expect(stdout.split('\n')[0]).toMatch(/^ID +FLOW +NAME +STATE +STARTED +TOOK$/);
    expect(stdout.trim().split('\n')).toHaveLength(4);
    expect(stdout).toMatch(new RegExp(`${sums.id} +sums +${sums.name} +✓ Completed`));
    expect(await shell.json<readonly Run[]>('flow-run', 'ls', '--all', '--limit', '100')).toHaveLength(33);
    const failed = await shell.json<readonly Run[]>('flow-run', 'ls', '--state', 'FAILED');
    expect(failed.map(({ id }) => id)).toEqual([broken.id]);
  });

  it('shows one by its id, the beginning of it, or its name', async () => {
    for (const reference of [sums.id, sums.id.slice(0, 30), sums.name])
      expect((await shell.json<Run>('flow-run', 'inspect', reference)).id).toBe(sums.id);
    const { stdout } = await shell.run('flow-run', 'inspect', broken.id);
    expect(stdout).toContain('TypeError: no user 7');
    expect(stdout).toContain('Caused by Error: socket hang up');
    expect(stdout).toMatch(/States\n {2}.*○ Pending/);
  });

  it('says so when there is none, with exit code 1, in text and in JSON', async () => {
    expect(await shell.run('flow-run', 'inspect', 'ffffffff')).toMatchObject({
      stdout: '',
      stderr: expect.stringContaining('There is no run "ffffffff"'),
      code: 1,
    });
    const { stderr } = await shell.run('flow-run', 'inspect', 'ffffffff', '--json');
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'RunNotFound', details: { runId: 'ffffffff' } } });
  });

  it('draws the tree, with counts where it is wide, and where it is stored', async () => {
    const { stdout } = await shell.run('flow-run', 'tree', family.id);
    expect(stdout).toMatch(/✓ family · [a-z-]+ {2}Completed/);
    expect(stdout).toContain('└─ ✓ child ×30  ✓ 30\n   └─ ✓ double ×30  ✓ 30');
    expect(stdout).toContain(shell.home);
    const tree = await shell.json<{ children: readonly unknown[]; storedAt: string }>('flow-run', 'tree', family.id);
    expect(tree.children).toEqual([
      expect.objectContaining({ kind: 'group', of: 'child', total: 30, counts: { COMPLETED: 30 } }),
    ]);
  });

  it('says of the other kind of run what it is, and of a run without logs that it has none', async () => {
    const [task] = await shell.json<readonly Run[]>('task-run', 'ls', '--limit', '1');
    expect(await shell.run('flow-run', 'inspect', task?.id ?? '')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('millrace task-run inspect'),
    });
    expect((await shell.run('task-run', 'inspect', sums.id)).stderr).toContain('millrace flow-run inspect');
    expect((await shell.run('flow-run', 'logs', broken.id)).stderr).toContain('logged nothing');
    expect((await shell.run('flow-run', 'resume', broken.id, 'solo.ts')).stderr).toContain(
      "is of the flow 'broken', which solo.ts does not define. It defines solo.",
    );
  });

  it('shows settings that can not be read beside the others', async () => {
    const odd = new CommandLine({ MILLRACE_RETENTION: 'soon' });
    onTestFinished(() => odd.close());
    expect((await odd.run('version')).code).toBe(0);
    const view = await odd.run('config', 'view');
    expect(view).toMatchObject({ code: 1, stderr: expect.stringContaining('MILLRACE_RETENTION') });
    const documented = readFileSync(new URL('../../docs/settings.md', import.meta.url), 'utf8');
    const names = view.stdout.match(/^MILLRACE_\w+/gm) ?? [];
    expect(names.length).toBeGreaterThan(5);
    for (const name of names) expect(documented).toContain(`| \`${name}\` |`);
    expect((await odd.run('doctor')).stdout).toContain('Change MILLRACE_RETENTION, or unset it.');
    expect((await odd.run('flow-run', 'ls')).code).toBe(1);
  });

  it('shows logs, as text and as JSON lines', async () => {
    expect((await shell.run('flow-run', 'logs', sums.id)).stdout).toMatch(
      /\| INFO {4}\| Flow run '[a-z-]+' - doubling 3\n/,
    );
    const { stdout } = await shell.run('flow-run', 'logs', sums.id, '--json');
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toMatchObject([{ level: 20, message: 'doubling 3', flowRunId: sums.id }]);
    expect((await shell.run('flow-run', 'logs', sums.id, '--level', 'error')).stdout).toBe('');
  });

  it('lists and shows task runs', async () => {
    const runs = await shell.json<readonly (Run & { kind: string })[]>('task-run', 'ls', '--flow-run', sums.id);
    expect(runs.map(({ kind }) => kind).sort()).toEqual(['step', 'task', 'task', 'task']);
    const [failed] = await shell.json<readonly Run[]>('task-run', 'ls', '--state', 'FAILED');
    const { stdout } = await shell.run('task-run', 'inspect', failed?.id ?? '');
    expect(stdout).toContain('fetch-user');
    expect(stdout).toContain('no user 7');
  });

  it('lists and shows artifacts', async () => {
    expect(await shell.json('artifact', 'ls')).toMatchObject([{ key: 'report', type: 'table', flowRunId: family.id }]);
    expect((await shell.run('artifact', 'inspect', 'report')).stdout).toContain('region  rows\neu      3');
  });

  it('checks the database', async () => {
    expect(await shell.json('db', 'verify')).toMatchObject({ findings: [] });
    expect((await shell.run('doctor')).code).toBe(0);
    expect(await shell.json('db', 'location')).toMatchObject({ kind: 'sqlite', exists: true });
    expect((await shell.run('db', 'prune', '--older-than', '0ms', '--dry-run')).stdout).toContain(
      '3 outermost flow runs',
    );
    expect((await shell.run('db', 'prune', '--older-than', '1d')).stdout).toBe('Nothing is that old.\n');
  });
});

describe('millrace db backup', () => {
  it('makes a folder that is a database of its own', async () => {
    const folder = join(shell.home, 'copy');
    expect(await shell.json('db', 'backup', folder)).toMatchObject({
      file: join(folder, 'millrace.db'),
      blobsLost: [],
    });
    const there = new CommandLine({ MILLRACE_HOME: folder });
    try {
      const ids = async (on: CommandLine) => (await on.json<readonly Run[]>('flow-run', 'ls')).map(({ id }) => id);
      expect(await ids(there)).toEqual(await ids(shell));
    } finally {
      there.close();
    }
    expect((await shell.run('db', 'backup', folder)).code).toBe(1);
  });
});

describe('a place where no database is', () => {
  it('is looked at, named, and left as it is', async () => {
    const empty = new CommandLine();
    const home = join(empty.home, 'mistyped');
    const there = new CommandLine({ MILLRACE_HOME: home });
    onTestFinished(() => {
      empty.close();
      there.close();
    });
    for (const command of [
      ['flow-run', 'ls'],
      ['task-run', 'ls'],
      ['artifact', 'ls'],
      ['variable', 'ls'],
      ['gcl', 'ls'],
    ]) {
      const { stderr, code } = await there.run(...command);
      expect(stderr).toContain(`in ${home}`);
      expect(code).toBe(0);
    }
    expect((await there.run('db', 'verify')).stderr).toContain(`There is no database at ${home}`);
    expect((await there.run('doctor')).stdout).toContain('is created by the first run');
    expect(existsSync(home)).toBe(false);
    expect((await there.run('variable', 'set', 'region', 'eu')).code).toBe(0);
    expect((await there.run('variable', 'get', 'region')).stdout).toBe('eu\n');
  });

  it('is told from one where only nested runs match', async () => {
    const { stderr } = await shell.run('flow-run', 'ls', '--flow-name', 'child');
    expect(stderr).toContain('--all lists them');
  });
});

describe('variables and limits', () => {
  it('are made, changed, listed and deleted', async () => {
    expect((await shell.run('variable', 'set', 'region', 'eu')).code).toBe(0);
    expect(await shell.run('variable', 'set', 'region', 'us')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('--overwrite'),
    });
    expect((await shell.run('variable', 'set', 'region', '{"name":"us"}', '--overwrite')).code).toBe(0);
    expect(await shell.json('variable', 'ls')).toEqual([{ name: 'region', value: { name: 'us' }, tags: [] }]);
    expect((await shell.run('variable', 'delete', 'region')).code).toBe(0);
    expect((await shell.run('variable', 'get', 'region')).code).toBe(1);
    expect((await shell.run('gcl', 'create', 'db', '--limit', '2')).code).toBe(0);
    expect((await shell.run('gcl', 'update', 'db', '--limit', '5')).code).toBe(0);
    expect(await shell.json('global-concurrency-limit', 'inspect', 'db')).toMatchObject({
      name: 'db',
      limit: 5,
      occupied: 0,
    });
    expect((await shell.run('gcl', 'delete', 'db')).code).toBe(0);
    expect(await shell.json('gcl', 'ls')).toEqual([]);
  });
});

describe('a script that runs its flow by itself', () => {
  const file = join(shell.home, 'wanted');
  const script = new CommandLine({ MILLRACE_TEST_FILE: file });
  afterAll(() => script.close());

  it('is loaded by resume, rerun and serve for what it defines', async () => {
    const failed = await script.json<Run>('run', 'itself.ts');
    expect(failed.state.type).toBe('FAILED');
    writeFileSync(file, '');
    const resumed = await script.run('flow-run', 'resume', failed.id, 'itself.ts');
    expect(resumed).toMatchObject({ code: 0, stderr: expect.stringContaining('that was left out here') });
    expect(await script.json('flow-run', 'inspect', failed.id)).toMatchObject({ result: 'found' });
    const again = await script.json<Run>('flow-run', 'rerun', failed.id, 'itself.ts');
    expect(again).toMatchObject({ rerunOf: failed.id, state: { type: 'COMPLETED' } });
    const server = script.start('serve', 'itself.ts');
    await server.said('Serving search');
    await script.run('flow-run', 'rerun', failed.id);
    await server.said('ended  ✓ Completed');
    server.child.kill('SIGTERM');
    expect((await server.finished).code).toBe(143);
    expect(await script.json<readonly Run[]>('flow-run', 'ls')).toHaveLength(3);
  });
});

describe('moving runs on', () => {
  it('cancels a run of another process, which records it; its logs end with it', async () => {
    const run = shell.start('run', 'flows.ts:slow');
    await run.said('began');
    const { id } = await newest('slow');
    const logs = shell.start('flow-run', 'logs', id, '--follow');
    expect(await shell.run('flow-run', 'delete', id)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('held by a live process'),
    });
    const { stdout, code } = await shell.run('flow-run', 'cancel', id, '--reason', 'too slow');
    expect([stdout, code]).toEqual([expect.stringContaining('⊘ Cancelled'), 0]);
    expect(await run.finished).toMatchObject({ code: 1, stderr: expect.stringContaining('too slow') });
    expect(await logs.finished).toMatchObject({ code: 0 });
    expect(await shell.run('flow-run', 'cancel', id)).toMatchObject({
      stdout: expect.stringContaining('is cancelled already'),
      code: 0,
    });
    expect((await shell.run('flow-run', 'delete', id)).code).toBe(0);
    expect((await shell.run('flow-run', 'inspect', id)).code).toBe(1);
  });

  it('ends the logs that nobody reads any more, and says when output has no room', async () => {
    const run = shell.start('run', 'flows.ts:talk');
    await run.said('began');
    const { id } = await newest('talk');
    const logs = shell.start('flow-run', 'logs', id, '--follow');
    await logs.said('line');
    logs.child.stdout?.destroy();
    expect((await logs.finished).code).toBe(0);
    run.child.kill('SIGKILL');
    await run.finished;
    const { stderr, code } = await shell.inShell('flow-run ls > /dev/full');
    expect(stderr).toMatch(/^error: standard output can't be written: .*ENOSPC.*\n$/);
    expect(code).toBe(1);
  });

  it('waits for a run that is being cancelled already, and says why one is not', async () => {
    const patient = new CommandLine({ MILLRACE_HOME: shell.home, MILLRACE_CANCEL_GRACE_MS: '3000' });
    onTestFinished(() => patient.close());
    const run = patient.start('run', 'flows.ts:deaf');
    await run.said('began');
    const { id } = await newest('deaf');
    expect((await shell.run('flow-run', 'cancel', id, '--wait', '0s')).stdout).toContain('is being cancelled');
    expect(await shell.run('flow-run', 'cancel', id)).toMatchObject({
      stdout: expect.stringContaining('has ended.  ⊘ Cancelled'),
      stderr: '',
      code: 0,
    });
    await run.finished;
    const done = await shell.json<Run>('run', 'flows.ts:sums');
    const { stderr, code } = await shell.run('flow-run', 'cancel', done.id, '--json');
    expect(code).toBe(1);
    expect(JSON.parse(stderr)).toMatchObject({
      error: { message: `Flow run '${done.name}' was not cancelled: it has ended as Completed.` },
    });
  });

  it('shows the run of a killed process as it is, however often, and goes on with it where it was', async () => {
    const run = shell.start('run', 'flows.ts:slow', '-p', 'ms=2000');
    await run.said('began');
    run.child.kill('SIGKILL');
    await run.finished;
    const doctor = await shell.json<{ checks: readonly { name: string; status: string }[] }>('doctor');
    expect(doctor.checks.find(({ name }) => name === 'Orphans')?.status).toBe('warning');
    const orphan = await newest('slow');
    const listed = await shell.json<readonly Run[]>('flow-run', 'ls', '--state', 'orphaned');
    expect(listed.map(({ id }) => id)).toContain(orphan.id);
    expect(orphan.state.type).toBe('RUNNING');
    const resumed = await shell.json<Run>('flow-run', 'resume', orphan.id, 'flows.ts');
    expect(resumed).toMatchObject({ id: orphan.id, state: { type: 'COMPLETED' }, result: 'done' });
  });

  it('resumes a paused run with input: its own process goes on', async () => {
    const run = shell.start('run', 'flows.ts:approval', '--json');
    let paused = await newest('approval').catch(() => undefined);
    while (paused?.state.name !== 'Paused') paused = await newest('approval').catch(() => undefined);
    expect((await shell.run('flow-run', 'resume', paused.id, '--input', '{"by":"ann"}')).stdout).toMatch(
      /continues: Running|continued and has ended: Completed/,
    );
    expect(JSON.parse((await run.finished).stdout)).toMatchObject({ id: paused.id, result: { by: 'ann' } });
  });

  it('reruns from a task, with what came before it kept and the original untouched', async () => {
    const original = await shell.json<Run>('run', 'flows.ts:broken');
    const again = await shell.json<Run>('flow-run', 'rerun', original.id, 'flows.ts', '--from', 'fetch-user');
    expect(again).toMatchObject({ rerunOf: original.id, state: { type: 'FAILED' } });
    const sums = await shell.json<Run>('run', 'flows.ts:sums');
    const other = await shell.json<Run>('flow-run', 'rerun', sums.id, 'flows.ts', '-p', 'n=5');
    expect(other).toMatchObject({ parameters: { n: 5 }, result: 20 });
    expect(await shell.run('flow-run', 'rerun', sums.id, '--from', 'nobody')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("'nobody' never began"),
    });
  });

  it.each([
    ['a parameter that the flow does not have', ['flows.ts', '-p', 'm=1'], "no parameter 'm'"],
    ['such a parameter without the file', ['-p', 'm=1'], "no parameter 'm'"],
    ['a task that never began', ['flows.ts', '--from', 'nobody'], "'nobody' never began"],
  ])('refuses to rerun with %s as a wrong command line', async (_, options, said) => {
    const { id } = await shell.json<Run>('run', 'flows.ts:sums', '-p', 'n=2');
    const { code, stderr } = await shell.run('flow-run', 'rerun', id, ...options);
    expect(stderr).toContain(said);
    expect(code).toBe(2);
  });

  it('serves as JSON lines, beside which the program prints to standard error', async () => {
    const own = new CommandLine();
    onTestFinished(() => own.close());
    const original = await own.json<Run>('run', 'flows.ts:sums', '-p', 'n=2');
    const server = own.start('serve', 'flows.ts', '--json');
    await server.said('"event":"serving"');
    const fork = await own.json<Run>('flow-run', 'rerun', original.id, '-p', 'n=3');
    await server.said('"event":"ended"');
    server.child.kill('SIGTERM');
    const { stdout, code } = await server.finished;
    expect(code).toBe(143);
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { event: string; run?: Run });
    expect(lines.map(({ event, run }) => [event, run?.id])).toEqual([
      ['serving', undefined],
      ['began', fork.id],
      ['ended', fork.id],
    ]);
    expect(lines[2]?.run).toMatchObject({ state: { type: 'COMPLETED' }, result: 6 });
  });

  it.each([
    ['lines', [], 'is left to another process'],
    ['JSON lines', ['--json'], '"event":"left"'],
  ] as const)('serves, in %s, and leaves what goes on to others when it is told to stop', async (_, options, said) => {
    const hasty = new CommandLine({ MILLRACE_CANCEL_GRACE_MS: '50' });
    onTestFinished(() => hasty.close());
    const original = await hasty.json<Run>('run', 'flows.ts:slow', '-p', 'ms=1');
    const server = hasty.start('serve', 'flows.ts', ...options);
    await server.said('erving');
    const fork = await hasty.json<Run>('flow-run', 'rerun', original.id, '-p', 'ms=60000');
    await server.said(fork.id);
    server.child.kill('SIGTERM');
    const { stdout, stderr, code } = await server.finished;
    expect(code).toBe(143);
    expect(stdout + stderr).toContain(said);
    expect(stderr).not.toContain('RunCancelled');
    const { checks } = await hasty.json<{ checks: readonly { name: string; message: string }[] }>('doctor');
    expect(checks.find(({ name }) => name === 'Orphans')?.message).toBe(
      `1 unfinished without a process, such as ${fork.id}; no process serves 'slow'`,
    );
    await hasty.run('flow-run', 'cancel', '--state', 'orphaned', '--yes');
    expect(await newest('slow', hasty)).toMatchObject({ id: fork.id, state: { type: 'CANCELLED' } });
  });

  it('serves: takes up runs that were left to it, one after the other, until it is told to stop', async () => {
    // A place of its own: in the others' there are runs of killed processes, which it would take up too.
    const own = new CommandLine();
    onTestFinished(() => own.close());
    const original = await own.json<Run>('run', 'flows.ts:sums', '-p', 'n=2');
    const server = own.start('serve', 'flows.ts');
    await server.said('Serving');
    const first = await own.json<Run>('flow-run', 'rerun', original.id, '-p', 'n=3');
    await server.said(`${first.id}`);
    const second = await own.json<Run>('flow-run', 'rerun', original.id, '-p', 'n=4');
    await server.said(`ended  ✓ Completed`);
    while ((await newest('sums', own)).state.type !== 'COMPLETED');
    server.child.kill('SIGTERM');
    expect((await server.finished).code).toBe(143);
    expect((await own.json<Run>('flow-run', 'inspect', second.id)).result).toBe(12);
  });
});
