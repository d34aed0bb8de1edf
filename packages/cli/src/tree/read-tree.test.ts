import type { FlowRunRecord, Runs, StateType, TaskRunFilter, TaskRunRecord } from '@millrace/kernel';
import { describe, expect, it } from 'vitest';
import { TreeReader } from './read-tree.ts';
import { renderTree } from '../display/render-tree.ts';
import type { RunTree } from './tree-node.ts';
import { channelOver } from '../output/terminal.ts';

let lastId = 0;
function newId(): string {
  lastId += 1;
  return `id-${String(lastId).padStart(6, '0')}`;
}

function stateOf(type: StateType, message: string | null = null): FlowRunRecord['state'] {
  const name = type.charAt(0) + type.slice(1).toLowerCase();
  return { type, name, at: 0, message, details: null };
}

function flowRun(flowName: string, parent: FlowRunRecord | null, more: Partial<FlowRunRecord> = {}): FlowRunRecord {
  const id = newId();
  return {
    id,
    name: `run-${id}`,
    flowName,
    parentFlowRunId: parent?.id ?? null,
    parentTaskRunId: null,
    rootFlowRunId: parent?.rootFlowRunId ?? id,
    state: stateOf('COMPLETED'),
    startAt: 0,
    endAt: 1_500,
    runCount: 1,
    runTimeMs: 1_500,
    waiting: null,
    ...more,
  } as FlowRunRecord;
}

function taskRun(taskKey: string, flow: FlowRunRecord, more: Partial<TaskRunRecord> = {}): TaskRunRecord {
  const id = newId();
  const own = { id, name: `${taskKey}-${id}`, kind: 'task', taskKey, flowRunId: flow.id, parentTaskRunId: null };
  return {
    ...own,
    state: stateOf('COMPLETED'),
    startAt: 0,
    endAt: 20,
    runCount: 1,
    runTimeMs: 20,
    ...more,
  } as TaskRunRecord;
}

/** The part of the ledger that a tree reads, over lists, newest first. Counts the rows that were read. */
function fakeRuns(flows: readonly FlowRunRecord[], tasks: readonly TaskRunRecord[]) {
  const read = { rows: 0 };
  const rootOf = new Map(flows.map(({ id, rootFlowRunId }) => [id, rootFlowRunId]));
  const select = (filter: TaskRunFilter): readonly TaskRunRecord[] =>
    tasks.filter(
      (task) =>
        (filter.flowRunId === undefined || task.flowRunId === filter.flowRunId) &&
        (filter.rootFlowRunId === undefined || rootOf.get(task.flowRunId ?? '') === filter.rootFlowRunId) &&
        (filter.taskKey === undefined || task.taskKey === filter.taskKey) &&
        (filter.stateTypes === undefined || filter.stateTypes.includes(task.state.type)),
    );
  const page = <T extends { readonly id: string }>(rows: readonly T[], request: TaskRunFilter): readonly T[] => {
    const sorted = [...rows].sort((a, b) => (a.id < b.id ? 1 : -1));
    const after = request.after;
    const found = sorted.filter(({ id }) => after === undefined || id < after).slice(0, request.limit ?? 100);
    read.rows += found.length;
    return found;
  };
  const runs = {
    flowRun: async (id: string) => flows.find((flow) => flow.id === id),
    taskRun: async (id: string) => tasks.find((task) => task.id === id),
    orphans: async () => new Map(),
    flowRuns: async (filter) =>
      page(
        flows.filter((flow) => flow.rootFlowRunId === filter.rootFlowRunId),
        filter,
      ),
    taskRuns: async (filter: TaskRunFilter) => page(select(filter), filter),
    async countTaskRuns(filter: TaskRunFilter) {
      const counts = new Map<string, { taskKey: string; type: string; name: string; count: number }>();
      for (const { taskKey, state } of select(filter)) {
        const key = `${taskKey}/${state.type}`;
        const known = counts.get(key) ?? { taskKey, type: state.type, name: state.name, count: 0 };
        known.count += 1;
        counts.set(key, known);
      }
      return [...counts.values()];
    },
  } as Partial<Runs> as Runs;
  return { runs, read };
}

function drawn(
  tree: RunTree | undefined,
  more: { readonly columns?: number; readonly isUnicode?: boolean; readonly hasBars?: boolean } = {},
): string {
  const channel = { ...channelOver({ write: () => true }, {}), columns: more.columns ?? Number.POSITIVE_INFINITY };
  const { isUnicode = true, hasBars = false } = more;
  return tree === undefined ? '' : renderTree(tree.root, { channel, isUnicode, hasBars, now: 10_000 }).join('\n');
}

const range = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);

describe('a tree of few runs', () => {
  it('puts every run under the task or flow that started it, with state and duration', async () => {
    const root = flowRun('seed', null);
    const tasks = range(2).map(() => taskRun('async-task', root));
    const flows = tasks.map((task) => flowRun('process', root, { parentTaskRunId: task.id }));
    const tree = await new TreeReader(fakeRuns([root, ...flows], tasks).runs).read(root.id);
    expect(drawn(tree)).toBe(
      [
        `✓ seed · ${root.name}  Completed  1.50s`,
        `├─ ✓ ${tasks[0]?.name}  Completed  20ms`,
        `│  └─ ✓ process · ${flows[0]?.name}  Completed  1.50s`,
        `└─ ✓ ${tasks[1]?.name}  Completed  20ms`,
        `   └─ ✓ process · ${flows[1]?.name}  Completed  1.50s`,
      ].join('\n'),
    );
  });

  it('says why a run failed or waits, and how long one has been running', async () => {
    const root = flowRun('nightly', null, {
      state: { ...stateOf('RUNNING'), at: 7_000 },
      endAt: null,
      startAt: 7_000,
      runTimeMs: 0,
    });
    const failed = taskRun('load', root, { state: stateOf('FAILED', 'Error: no\nroute') });
    const asleep = flowRun('later', root, {
      state: stateOf('SCHEDULED'),
      endAt: null,
      startAt: null,
      runCount: 0,
      runTimeMs: 0,
      waiting: { kind: 'sleep', until: 70_000 },
    });
    const tree = await new TreeReader(fakeRuns([root, asleep], [failed]).runs).read(root.id);
    expect(drawn(tree)).toContain('● nightly');
    expect(drawn(tree)).toContain('Running  3.00s');
    expect(drawn(tree)).toContain('Failed  20ms  Error: no route');
    expect(drawn(tree)).toContain('asleep, wakes in 1m');
  });

  it('counts a wide map, names what failed in it, and groups what its members started', async () => {
    const root = flowRun('wide', null);
    const children = range(30).map(() => flowRun('child', root));
    const tasks = children.flatMap((child) =>
      range(3).map((k) =>
        taskRun('step', child, k === 0 && child === children[4] ? { state: stateOf('FAILED', 'boom') } : {}),
      ),
    );
    const text = drawn(await new TreeReader(fakeRuns([root, ...children], tasks).runs).read(root.id));
    expect(text).toContain('└─ ✓ child ×30  ✓ 30');
    expect(text).toContain('   └─ ✗ step ×90  ✓ 89  ✗ 1');
    expect(text.match(/boom/g)).toHaveLength(1);
  });

  it('is drawn in ASCII where there is no font for more', async () => {
    const root = flowRun('seed', null);
    const tree = await new TreeReader(fakeRuns([root], [taskRun('a', root)]).runs).read(root.id);
    expect(drawn(tree, { isUnicode: false })).toMatch(/^\+ seed - .*\n`- \+ a-/);
  });
});

describe('a tree of many runs', () => {
  const limits = { taskRunsMax: 100, flowRunsMax: 1_000 };

  it('is read by counts: the rows read do not grow with the map', async () => {
    const rows = await Promise.all(
      [1_000, 10_000].map(async (width) => {
        const root = flowRun('sums', null, { state: stateOf('RUNNING'), endAt: null });
        const tasks = range(width).map((n) =>
          taskRun('double', root, { state: stateOf(n < 3 ? 'FAILED' : n < 20 ? 'RUNNING' : 'COMPLETED') }),
        );
        const { runs, read } = fakeRuns([root], tasks);
        const reader = new TreeReader(runs, limits);
        await reader.read(root.id);
        read.rows = 0;
        const text = drawn(await reader.read(root.id));
        expect(text).toContain(
          `double ×${width.toLocaleString('en-US')}  ✓ ${(width - 20).toLocaleString('en-US')}  ✗ 3  ● 17`,
        );
        return read.rows;
      }),
    );
    expect(rows[0]).toBe(rows[1]);
    expect(rows[0]).toBeLessThan(20);
  });

  it('gives task runs of counted flow runs their place under that group', async () => {
    const root = flowRun('family', null);
    const children = range(50).map(() => flowRun('child', root));
    const tasks = [...children.flatMap((child) => range(5).map(() => taskRun('step', child))), taskRun('stamp', root)];
    const text = drawn(await new TreeReader(fakeRuns([root, ...children], tasks).runs, limits).read(root.id));
    expect(text).toMatch(/child ×50 {2}✓ 50\n[│ ] {2}└─ ✓ step ×250 {2}✓ 250/);
    expect(text).toContain('stamp-');
  });

  it('puts flows that a mapped task called under that task', async () => {
    const root = flowRun('seed', null);
    const tasks = range(150).map(() => taskRun('async-task', root));
    const flows = tasks.map((task) => flowRun('process', root, { parentTaskRunId: task.id }));
    const text = drawn(await new TreeReader(fakeRuns([root, ...flows], tasks).runs, limits).read(root.id));
    expect(text.split('\n').slice(1)).toEqual(['└─ ✓ async-task ×150  ✓ 150', '   └─ ✓ process ×150  ✓ 150']);
  });

  it('shows how far a group is while it is under way, and fits a narrow screen', async () => {
    const root = flowRun('sums', null, { state: stateOf('RUNNING'), endAt: null });
    const tasks = range(200).map((n) => taskRun('double', root, { state: stateOf(n < 100 ? 'COMPLETED' : 'PENDING') }));
    const tree = await new TreeReader(fakeRuns([root], tasks).runs, limits).read(root.id);
    expect(drawn(tree, { hasBars: true })).toContain('━━━━━━────── 50%');
    const narrow = drawn(tree, { hasBars: true, columns: 40 });
    for (const line of narrow.split('\n')) expect(line.length).toBeLessThanOrEqual(40);
  });

  it('is undefined for a run that is gone', async () => {
    expect(await new TreeReader(fakeRuns([], []).runs).read('nobody')).toBeUndefined();
  });
});
