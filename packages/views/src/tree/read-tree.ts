/** Reads a run tree: every run if they are few enough, counts if they are many. */
import { type FlowRunRecord, isTerminal, type Orphan, type Runs } from '@millrace/kernel';
import { childrenOf, flowNode, indexChildren } from './build-tree.ts';
import { readFlowRuns, readTaskRuns } from '../lists/run-lists.ts';
import { isGroup, type RunNode, type RunTree } from './tree-node.ts';
import { newTreeMemory, type TreeMemory, WideTree } from './wide-tree.ts';

/** Up to how many runs a tree is read run by run. */
export interface TreeLimits {
  /** Above this number, task runs are counted by the ledger instead of read. */
  readonly taskRunsMax: number;
  readonly flowRunsMax: number;
  /** Marks orphaned runs. */
  readonly seesOrphans?: boolean;
}

/** The limits for one complete reading. */
export const fullTree: TreeLimits = { taskRunsMax: 2_000, flowRunsMax: 10_000, seesOrphans: true };
/** The limits for a view that is redrawn continually. */
export const liveTree: TreeLimits = { taskRunsMax: 300, flowRunsMax: 2_000 };

/** Reads one tree, once or repeatedly. */
export class TreeReader {
  readonly #runs: Runs;
  readonly #limits: TreeLimits;
  readonly #memory: TreeMemory;
  /** Stays true, because a tree never gets narrower: from then on only counts are read. */
  #isWide = false;

  /** @param memory of an earlier reader of the same tree, which keeps the order of its lines */
  constructor(runs: Runs, limits: TreeLimits = fullTree, memory: TreeMemory = newTreeMemory()) {
    this.#runs = runs;
    this.#limits = limits;
    this.#memory = memory;
  }

  /** The present tree below this run; undefined if the run does not exist. */
  async read(flowRunId: string): Promise<RunTree | undefined> {
    const root = await this.#runs.flowRun(flowRunId);
    if (root === undefined) return undefined;
    const filter = { rootFlowRunId: root.rootFlowRunId };
    const flowRuns = await readFlowRuns(this.#runs, filter, { max: this.#limits.flowRunsMax });
    const isPartial = flowRuns.length >= this.#limits.flowRunsMax;
    const node = await this.#node(root, flowRuns);
    if (this.#limits.seesOrphans !== true) return { root: node, isPartial };
    const open = [root, ...flowRuns].filter(({ state }) => !isTerminal(state));
    return { root: withOrphans(node, open.length === 0 ? new Map() : await this.#runs.orphans(open)), isPartial };
  }

  async #node(root: FlowRunRecord, flowRuns: readonly FlowRunRecord[]): Promise<RunTree['root']> {
    const { taskRunsMax } = this.#limits;
    const filter = { rootFlowRunId: root.rootFlowRunId };
    const taskRuns = this.#isWide ? [] : await readTaskRuns(this.#runs, filter, { max: taskRunsMax + 1 });
    this.#isWide ||= taskRuns.length > taskRunsMax;
    if (this.#isWide) return await new WideTree(this.#runs, this.#memory, flowRuns).read(root);
    return flowNode(root, childrenOf(root.id, indexChildren(flowRuns, taskRuns)));
  }
}

/** The tree with its orphans marked. */
function withOrphans(node: RunNode, orphans: ReadonlyMap<string, Orphan>): RunNode {
  if (orphans.size === 0) return node;
  const children = node.children.map((child) => (isGroup(child) ? child : withOrphans(child, orphans)));
  return { ...node, orphan: orphans.get(node.id), children };
}
