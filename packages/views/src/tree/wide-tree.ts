/**
 * A tree with too many task runs to read: its flow runs one by one while they are few, its task runs as counts by the ledger. The rows
 * read in a refresh don't grow with the width of a map.
 */
import type { FlowRunRecord, Runs, StateType, TaskRunFilter } from '@millrace/kernel';
import { failedShownMax, flowNode, isFailure, singlesMax, taskNode } from './build-tree.ts';
import { countStates } from '../states/state-counts.ts';
import type { GroupNode, RunNode, TreeNode } from './tree-node.ts';

type Counts = Partial<Record<StateType, number>>;
type CountsByTask = ReadonlyMap<string, Counts>;

/** Facts that stay true over refreshes of one tree, so they are read once. */
export interface TreeMemory {
  /** The task that called the flow runs of one family. */
  readonly callers: Map<string, string | null>;
  /** The id of the newest run of a task when the task was first seen under a flow run: keeps the order of the lines. */
  readonly firstSeen: Map<string, string>;
}

/** An empty memory. */
export function newTreeMemory(): TreeMemory {
  return { callers: new Map(), firstSeen: new Map() };
}

/** The number of flow runs with counts of their own: each costs a query. */
const countedFlowRunsMax = 40;

export class WideTree {
  readonly #runs: Runs;
  readonly #memory: TreeMemory;
  readonly #byParent = new Map<string, FlowRunRecord[]>();
  /** The task runs of the flow runs that are shown one by one. */
  readonly #accounted = new Map<string, Counts>();
  #countedFlowRuns = 0;

  constructor(runs: Runs, memory: TreeMemory, flowRuns: readonly FlowRunRecord[]) {
    this.#runs = runs;
    this.#memory = memory;
    for (const record of flowRuns) {
      if (record.parentFlowRunId === null) continue;
      const siblings = this.#byParent.get(record.parentFlowRunId);
      if (siblings === undefined) this.#byParent.set(record.parentFlowRunId, [record]);
      else siblings.push(record);
    }
  }

  async read(root: FlowRunRecord): Promise<RunNode> {
    const node = await this.#flow(root);
    // The ledger counts by outermost run, so below a nested run descendants can't be distinguished from siblings.
    if (root.id !== root.rootFlowRunId) return node;
    const rest = subtract(await this.#count({ rootFlowRunId: root.rootFlowRunId }), this.#accounted);
    const unassigned = [...rest].map(([of, counts]) => groupNode(of, counts, []));
    return unassigned.length === 0 ? node : withRest(node, unassigned);
  }

  async #flow(record: FlowRunRecord): Promise<RunNode> {
    const flows = await this.#flowFamilies(record);
    if (this.#countedFlowRuns >= countedFlowRunsMax) return flowNode(record, [...flows.values()].flat());
    this.#countedFlowRuns += 1;
    const tasks = await this.#count({ flowRunId: record.id });
    account(this.#accounted, tasks);
    const children: { readonly at: string; readonly nodes: readonly TreeNode[] }[] = [];
    for (const [taskKey, counts] of tasks) {
      const below = flows.get(taskKey) ?? [];
      flows.delete(taskKey);
      children.push({
        at: await this.#firstSeen(record.id, taskKey),
        nodes: await this.#tasks(record.id, { taskKey, counts, below }),
      });
    }
    for (const nodes of flows.values()) children.push({ at: idOf(nodes[0]), nodes });
    children.sort((a, b) => (a.at < b.at ? -1 : 1));
    return flowNode(
      record,
      children.flatMap(({ nodes }) => nodes),
    );
  }

  /** Child flow runs by the task that called them; '' = the flow's own body. */
  async #flowFamilies(parent: FlowRunRecord): Promise<Map<string, readonly TreeNode[]>> {
    const families = new Map<string, FlowRunRecord[]>();
    for (const child of this.#byParent.get(parent.id) ?? []) {
      const family = families.get(child.flowName);
      if (family === undefined) families.set(child.flowName, [child]);
      else family.push(child);
    }
    const nodes = new Map<string, readonly TreeNode[]>();
    for (const [flowName, family] of families) {
      family.sort((a, b) => (a.id < b.id ? -1 : 1));
      const caller = (await this.#callerOf(parent.id, family[0])) ?? '';
      const shown =
        family.length <= singlesMax
          ? await Promise.all(family.map((one) => this.#flow(one)))
          : [this.#flowGroup(flowName, family)];
      nodes.set(caller, [...(nodes.get(caller) ?? []), ...shown]);
    }
    return nodes;
  }

  #flowGroup(of: string, family: readonly FlowRunRecord[]): GroupNode {
    const failed = family.filter(({ state }) => isFailure(state.type)).slice(0, failedShownMax);
    const counts = countStates(family.map(({ state }) => state));
    return {
      kind: 'group',
      of,
      members: 'flow',
      counts,
      total: family.length,
      children: failed.map((one) => flowNode(one, [])),
    };
  }

  async #tasks(
    flowRunId: string,
    family: { readonly taskKey: string; readonly counts: Counts; readonly below: readonly TreeNode[] },
  ): Promise<readonly TreeNode[]> {
    const { taskKey, counts, below } = family;
    const total = sum(counts);
    if (total <= singlesMax && below.length === 0) {
      const records = await this.#runs.taskRuns({ flowRunId, taskKey, limit: singlesMax });
      return [...records].sort((a, b) => (a.id < b.id ? -1 : 1)).map((record) => taskNode(record, []));
    }
    const hasFailed = (counts.FAILED ?? 0) + (counts.CRASHED ?? 0) > 0;
    const failed = hasFailed
      ? await this.#runs.taskRuns({ flowRunId, taskKey, stateTypes: ['FAILED', 'CRASHED'], limit: failedShownMax })
      : [];
    return [groupNode(taskKey, counts, [...failed.map((record) => taskNode(record, [])), ...below])];
  }

  async #callerOf(parentId: string, sample: FlowRunRecord | undefined): Promise<string | null> {
    if (sample === undefined || sample.parentTaskRunId === null) return null;
    const key = `${parentId}/${sample.flowName}`;
    const known = this.#memory.callers.get(key);
    if (known !== undefined) return known;
    const caller = (await this.#runs.taskRun(sample.parentTaskRunId))?.taskKey ?? null;
    this.#memory.callers.set(key, caller);
    return caller;
  }

  async #firstSeen(flowRunId: string, taskKey: string): Promise<string> {
    const key = `${flowRunId}/${taskKey}`;
    const known = this.#memory.firstSeen.get(key);
    if (known !== undefined) return known;
    const [newest] = await this.#runs.taskRuns({ flowRunId, taskKey, limit: 1 });
    const at = newest?.id ?? '';
    this.#memory.firstSeen.set(key, at);
    return at;
  }

  async #count(filter: TaskRunFilter): Promise<CountsByTask> {
    const counts = new Map<string, Counts>();
    for (const { taskKey, type, count } of await this.#runs.countTaskRuns(filter)) {
      const own = counts.get(taskKey) ?? {};
      own[type as StateType] = (own[type as StateType] ?? 0) + count;
      counts.set(taskKey, own);
    }
    return counts;
  }
}

/** Puts the task runs of counted flow runs under the group of those flow runs, if there is exactly one. */
function withRest(root: RunNode, rest: readonly GroupNode[]): RunNode {
  const groups = flowGroupsIn(root);
  if (groups.length !== 1) return { ...root, children: [...root.children, ...rest] };
  const [target] = groups;
  const insert = <TNode extends TreeNode>(node: TNode): TNode =>
    node === target
      ? { ...node, children: [...node.children, ...rest] }
      : { ...node, children: node.children.map(insert) };
  return insert(root);
}

function flowGroupsIn(node: TreeNode): readonly TreeNode[] {
  const own = node.kind === 'group' && node.members === 'flow' ? [node] : [];
  return [...own, ...node.children.flatMap(flowGroupsIn)];
}

function groupNode(of: string, counts: Counts, children: readonly TreeNode[]): GroupNode {
  return { kind: 'group', of, members: 'task', counts, total: sum(counts), children };
}

function idOf(node: TreeNode | undefined): string {
  return node === undefined || node.kind === 'group' ? '' : node.id;
}

function sum(counts: Counts): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

function account(into: Map<string, Counts>, counts: CountsByTask): void {
  for (const [taskKey, own] of counts) {
    const known = into.get(taskKey) ?? {};
    for (const [type, count] of Object.entries(own)) known[type as StateType] = (known[type as StateType] ?? 0) + count;
    into.set(taskKey, known);
  }
}

function subtract(all: CountsByTask, part: CountsByTask): CountsByTask {
  const rest = new Map<string, Counts>();
  for (const [taskKey, counts] of all) {
    const left: Counts = {};
    for (const [type, count] of Object.entries(counts)) {
      const remaining = count - (part.get(taskKey)?.[type as StateType] ?? 0);
      if (remaining > 0) left[type as StateType] = remaining;
    }
    if (sum(left) > 0) rest.set(taskKey, left);
  }
  return rest;
}
