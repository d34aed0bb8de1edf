/** The log lines of a run's other functions (hooks, a retry condition, a cache key) are recorded with that run. */
import { context, flow, logger, task, transaction } from 'millrace';
import { describe, expect, test } from 'vitest';
import { onEachStore } from '../../faults/on-each-store.ts';
import { MemoryEngine } from '../../laws/in-memory-engine.ts';

/** `message: name of the run that it is recorded with`. */
async function lines(memory: MemoryEngine): Promise<string[]> {
  const names = new Map(
    [...(await memory.taskRuns()), ...(await memory.flowRuns())].map((run) => [run.id, definitionOf(run)]),
  );
  const { runs } = await memory.engine.ledger();
  const roots = (await memory.flowRuns()).filter((run) => run.rootFlowRunId === run.id);
  const logged = await Promise.all(roots.map(async ({ id }) => await runs.logs({ rootFlowRunId: id })));
  return logged.flat().map((line) => `${line.message}: ${names.get(line.taskRunId ?? line.flowRunId ?? '')}`);
}

function definitionOf(run: { readonly taskKey: string } | { readonly flowName: string }): string {
  return 'taskKey' in run ? `task ${run.taskKey}` : `flow ${run.flowName}`;
}

/** Logs what the context says this is. */
const says = (what: string) => () => {
  const { taskRun, flowRun } = context();
  logger().info(`${what} in ${taskRun?.definitionName ?? '-'} of ${flowRun?.definitionName ?? '-'}`);
};

onEachStore('hooks of tasks and flows, outermost, below and in a map', async (sandbox) => {
  await using stored = new MemoryEngine({}, sandbox.url);
  const t = task({ name: 't', onRunning: says('running'), onCompletion: says('completed') }, (n: number) => n);
  const inner = flow({ name: 'inner', onCompletion: says('completed') }, async () => await t.map([1]));
  const outer = flow(
    { name: 'outer', onRunning: says('running'), onCompletion: says('completed') },
    async () => await inner(),
  );
  await stored.run(() => outer());
  expect((await lines(stored)).toSorted()).toEqual([
    'completed in - of inner: flow inner',
    'completed in - of outer: flow outer',
    'completed in t of inner: task t',
    'running in - of outer: flow outer',
    'running in t of inner: task t',
  ]);
});

describe('with the run', () => {
  test('that failed, and whether it is to be tried again', async () => {
    await using memory = new MemoryEngine();
    const retryWhen = (): boolean => {
      says('retryWhen')();
      return true;
    };
    const bad = task({ name: 'bad', retries: 1, retryWhen, onFailure: says('failed') }, (): number => {
      throw new Error('no');
    });
    const f = flow({ name: 'f', onFailure: says('failed') }, async () => await bad());
    await expect(memory.run(() => f())).rejects.toThrow('no');
    const said = (await lines(memory)).filter((line) => line.includes(' in '));
    expect(said).toEqual([
      'retryWhen in bad of f: task bad',
      'retryWhen in bad of f: task bad',
      'failed in bad of f: task bad',
      'failed in - of f: flow f',
    ]);
  });

  test('that was cancelled before it began', async () => {
    await using memory = new MemoryEngine();
    const t = task({ name: 't', onCancellation: says('cancelled') }, (n: number) => n);
    const blocks = task('blocks', async () => await new Promise(() => {}));
    const f = flow('f', () => {
      t.submit(blocks.submit() as never);
      throw new Error('the body failed');
    });
    const slow = new MemoryEngine({ cancelGraceMs: 10 });
    await using _ = slow;
    await expect(slow.run(() => f())).rejects.toThrow('the body failed');
    expect(await lines(slow)).toContain('cancelled in t of f: task t');
  });

  test('whose cache key is computed', async () => {
    await using memory = new MemoryEngine();
    const cacheKey = (): string => {
      says('cacheKey')();
      return 'k';
    };
    const keyed = task({ name: 'keyed', cacheKey }, () => 1);
    await memory.run(() => flow('f', async () => await keyed())());
    expect(await lines(memory)).toEqual(['cacheKey in keyed of f: task keyed']);
  });

  test('that a transaction commits or undoes', async () => {
    await using memory = new MemoryEngine();
    const t = task({ name: 't', onCommit: says('commit'), onRollback: says('rollback') }, () => 1);
    const alone = task({ name: 'alone', onCommit: says('commit') }, () => 1);
    const f = flow('f', async () => {
      await alone();
      await transaction({ key: 'a' }, async () => await t());
      await transaction({ key: 'b' }, async () => {
        await t();
        throw new Error('undo');
      }).catch(() => undefined);
    });
    await memory.run(() => f());
    const said = (await lines(memory)).filter((line) => line.includes(' in '));
    expect(said).toEqual([
      'commit in alone of f: task alone',
      'commit in t of f: task t',
      'rollback in t of f: task t',
    ]);
  });

  test('whose hook calls a task: that is a run of the code around, and logs as itself', async () => {
    await using memory = new MemoryEngine();
    const inner = task('inner', (_: number) => says('body')());
    const t = task({ name: 't', onCompletion: async () => await inner(1) }, () => 1);
    await memory.run(() => flow('f', async () => await t())());
    expect(await lines(memory)).toEqual(['body in inner of f: task inner']);
  });

  test('whose hook throws: that is recorded with it', async () => {
    await using memory = new MemoryEngine();
    const onCompletion = (): never => {
      throw new Error('hook');
    };
    await memory.run(() => flow({ name: 'f', onCompletion }, () => 1)());
    expect(await lines(memory)).toEqual([expect.stringMatching(/failed: Error: hook: flow f$/)]);
  });
});
