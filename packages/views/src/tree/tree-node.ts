/** The nodes of a run tree. */
import type { Orphan, State, TaskRunKind, WaitReason } from '@millrace/kernel';
import type { StateCounts } from '../states/state-counts.ts';

/** One run, with the nodes of what it called. */
export interface RunNode {
  readonly kind: 'flow' | TaskRunKind;
  readonly id: string;
  /** The flow's name, or the task's key. */
  readonly of: string;
  readonly name: string;
  readonly state: State;
  readonly startAt: number | null;
  readonly endAt: number | null;
  readonly runCount: number;
  readonly runTimeMs: number;
  readonly waiting: WaitReason | null;
  /** Set if the run has lost its process. */
  readonly orphan?: Orphan | undefined;
  readonly children: readonly TreeNode[];
}

/** Many runs of one flow or task under one parent, counted. */
export interface GroupNode {
  readonly kind: 'group';
  readonly of: string;
  readonly members: 'flow' | 'task';
  readonly counts: StateCounts;
  readonly total: number;
  /** Some failed members, and groups of the runs that members called. */
  readonly children: readonly TreeNode[];
}

/** A run, or many runs as counts. */
export type TreeNode = RunNode | GroupNode;

/** A flow run with all its descendants. */
export interface RunTree {
  readonly root: RunNode;
  /** There are more flow runs than the reader's limit. */
  readonly isPartial: boolean;
}

/** Whether a node stands for many runs. */
export function isGroup(node: TreeNode): node is GroupNode {
  return node.kind === 'group';
}
