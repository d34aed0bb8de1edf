/** The run tree as data: what is read from the ledger, drawn on a screen, and given as JSON. */
import type { Orphan, State, StateType, TaskRunKind, WaitReason } from '@millrace/kernel';

/** One run. */
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
  /** Why it has no process. */
  readonly orphan?: Orphan | undefined;
  readonly children: readonly TreeNode[];
}

/** Many runs of one flow or task, counted. */
export interface GroupNode {
  readonly kind: 'group';
  readonly of: string;
  readonly members: 'flow' | 'task';
  readonly counts: Readonly<Partial<Record<StateType, number>>>;
  readonly total: number;
  /** Some of the members that failed, and what the members started. */
  readonly children: readonly TreeNode[];
}

export type TreeNode = RunNode | GroupNode;

/** A flow run with all below it. */
export interface RunTree {
  readonly root: RunNode;
  /** Whether there are more flow runs than were read. */
  readonly isPartial: boolean;
}

export function isGroup(node: TreeNode): node is GroupNode {
  return node.kind === 'group';
}

/** The counts of some runs by the type of their states. */
export function countStates(states: Iterable<Pick<State, 'type'>>): Readonly<Partial<Record<StateType, number>>> {
  const counts: Partial<Record<StateType, number>> = {};
  for (const { type } of states) counts[type] = (counts[type] ?? 0) + 1;
  return counts;
}

/** The state that tells most about a group: what still moves comes first, then what went wrong. */
export function groupState(counts: GroupNode['counts']): StateType {
  const order: readonly StateType[] = [
    'RUNNING',
    'CANCELLING',
    'PAUSED',
    'SCHEDULED',
    'PENDING',
    'FAILED',
    'CRASHED',
    'CANCELLED',
  ];
  return order.find((type) => (counts[type] ?? 0) > 0) ?? 'COMPLETED';
}
