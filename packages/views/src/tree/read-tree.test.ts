import type { FlowRunRecord, Orphan, Runs, StateType, TaskRunFilter, TaskRunRecord } from '@millrace/kernel';
import { describe, expect, it } from 'vitest';
import { fullTree, liveTree, TreeReader } from './read-tree.ts';
import type { RunTree, TreeNode } from './tree-node.ts';

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

/** The reads of a tree over arrays, newest first, and a count of the rows that were read. */
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

/** A line a node: a run as `flow seed COMPLETED`, a group as `task step ×30 COMPLETED 29 FAILED 1`. */
function outline(tree: RunTree | undefined): readonly string[] {
  const lines = (node: TreeNode, indent: string): readonly string[] => [
    indent +
      (node.kind === 'group'
        ? [node.members, node.of, `×${node.total}`, ...Object.entries(node.counts).flat()].join(' ')
        : [node.kind, node.of, node.state.type].join(' ')),
    ...node.children.flatMap((child) => lines(child, `${indent}  `)),
  ];
  return tree === undefined ? [] : lines(tree.root, '');
}

const range = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);

describe('a tree of few runs', () => {
  it('puts every run under the task or flow that called it', async () => {
    const root = flowRun('seed', null);
    const tasks = range(2).map(() => taskRun('async-task', root));
    const flows = tasks.map((task) => flowRun('process', root, { parentTaskRunId: task.id }));
    const tree = await new TreeReader(fakeRuns([root, ...flows], tasks).runs).read(root.id);
    expect(outline(tree)).toEqual([
      'flow seed COMPLETED',
      '  task async-task COMPLETED',
      '    flow process COMPLETED',
      '  task async-task COMPLETED',
      '    flow process COMPLETED',
    ]);
  });

  it('counts a wide map, shows single failures in it, and groups what its members called', async () => {
    const root = flowRun('wide', null);
    const children = range(30).map(() => flowRun('child', root));
    const tasks = children.flatMap((child) =>
      range(3).map((k) => taskRun('step', child, k === 0 && child === children[4] ? { state: stateOf('FAILED') } : {})),
    );
    const tree = await new TreeReader(fakeRuns([root, ...children], tasks).runs).read(root.id);
    expect(outline(tree)).toEqual([
      'flow wide COMPLETED',
      '  flow child ×30 COMPLETED 30',
      '    task step ×90 COMPLETED 89 FAILED 1',
      '      task step FAILED',
    ]);
  });

  it('marks unfinished runs that have lost their process, where the limits ask for that', async () => {
    const root = flowRun('nightly', null, { state: stateOf('RUNNING'), endAt: null });
    const child = flowRun('child', root);
    const orphan: Orphan = { kind: 'orphaned', cause: 'process-died', since: 0, takers: [], lostAt: 0 };
    const { runs } = fakeRuns([root, child], []);
    const seeing: Runs = { ...runs, orphans: async (open) => new Map(open.map(({ id }) => [id, orphan])) };
    const full = await new TreeReader(seeing, fullTree).read(root.id);
    expect(full?.root.orphan).toBe(orphan);
    expect(full?.root.children).toMatchObject([{ id: child.id, orphan: undefined }]);
    expect((await new TreeReader(seeing, liveTree).read(root.id))?.root.orphan).toBeUndefined();
  });
});

describe('a tree of many runs', () => {
  const limits = { taskRunsMax: 100, flowRunsMax: 1_000 };

  it('is read as counts: the rows read do not grow with the width of the map', async () => {
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
        const [group] = (await reader.read(root.id))?.root.children ?? [];
        expect(group).toMatchObject({ total: width, counts: { COMPLETED: width - 20, FAILED: 3, RUNNING: 17 } });
        return read.rows;
      }),
    );
    expect(rows[0]).toBe(rows[1]);
    expect(rows[0]).toBeLessThan(20);
  });

  it('puts task runs of counted flow runs under the group of those flow runs', async () => {
    const root = flowRun('family', null);
    const children = range(50).map(() => flowRun('child', root));
    const tasks = [...children.flatMap((child) => range(5).map(() => taskRun('step', child))), taskRun('stamp', root)];
    const lines = outline(await new TreeReader(fakeRuns([root, ...children], tasks).runs, limits).read(root.id));
    const at = lines.indexOf('  flow child ×50 COMPLETED 50');
    expect(lines[at + 1]).toBe('    task step ×250 COMPLETED 250');
    expect(lines).toContain('  task stamp COMPLETED');
  });

  it('puts flow runs that a mapped task called under that task', async () => {
    const root = flowRun('seed', null);
    const tasks = range(150).map(() => taskRun('async-task', root));
    const flows = tasks.map((task) => flowRun('process', root, { parentTaskRunId: task.id }));
    const tree = await new TreeReader(fakeRuns([root, ...flows], tasks).runs, limits).read(root.id);
    expect(outline(tree).slice(1)).toEqual([
      '  task async-task ×150 COMPLETED 150',
      '    flow process ×150 COMPLETED 150',
    ]);
  });

  it('is undefined for a run that does not exist', async () => {
    expect(await new TreeReader(fakeRuns([], []).runs).read('absent')).toBeUndefined();
  });
});
