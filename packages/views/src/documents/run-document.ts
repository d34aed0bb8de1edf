/** Runs as JSON documents: the fields of the record with instants as ISO 8601 and decoded values, without internal fields. */
import {
  decodeValue,
  describeValue,
  type FlowRunRecord,
  isTerminal,
  type Orphan,
  type State,
  type StateDetails,
  type TaskRunRecord,
  type WaitReason,
} from '@millrace/kernel';
import { isGroup, type TreeNode } from '../tree/tree-node.ts';
import { plainJson } from './plain-json.ts';
import { isoTime } from '../text/time-text.ts';

type Document = Readonly<Record<string, unknown>>;

/** Marks an outcome in a storage of the flow's own. */
const storedMark = 'storage:';

/** A stored value as JSON; a mark for one in another storage and for one that can't be read. */
export function decoded(text: string | null): unknown {
  if (text === null) return null;
  if (text.startsWith(storedMark)) return { storedAs: text.slice(storedMark.length) };
  try {
    return plainJson(decodeValue(text));
  } catch (error) {
    return { unreadable: error instanceof Error ? error.message : describeValue(error) };
  }
}

/** A state with its instant as ISO 8601; details only where it has some. */
export function stateDocument(state: State): Document {
  const { type, name, message, at, details } = state;
  return { type, name, message, at: isoTime(at), ...(details === null ? {} : { details: detailsDocument(details) }) };
}

function detailsDocument({ scheduledAt, pauseTimeoutAt, reason, ...rest }: StateDetails): unknown {
  return {
    ...(plainJson(rest) as Document),
    ...(scheduledAt === undefined ? {} : { scheduledAt: isoTime(scheduledAt) }),
    ...(pauseTimeoutAt === undefined ? {} : { pauseTimeoutAt: isoTime(pauseTimeoutAt) }),
    ...(reason === undefined ? {} : { reason: waitDocument(reason) }),
  };
}

/** The reason of a wait; null if there is none. */
export function waitDocument(reason: WaitReason | null | undefined): Document | null {
  if (reason === null || reason === undefined) return null;
  return 'until' in reason ? { ...reason, until: isoTime(reason.until) } : { ...reason };
}

/** Facts about a run that are read beside its record. */
export interface RunExtras {
  /** Set if the run has lost its process. */
  readonly orphan?: Orphan | undefined;
  /** The reason of its present wait. */
  readonly waiting?: WaitReason | undefined;
}

/** null unless the run has lost its process. */
function orphanDocument(orphan: Orphan | undefined): Document | null {
  if (orphan === undefined) return null;
  const { cause, since, takers, lostAt } = orphan;
  return { cause, since: isoTime(since), takers, lostAt: isoTime(lostAt) };
}

/** A flow run as lists show it: without parameters and outcome. */
export function flowRunSummary(run: FlowRunRecord, extras: RunExtras = {}): Document {
  return {
    id: run.id,
    name: run.name,
    flowName: run.flowName,
    state: stateDocument(run.state),
    parentFlowRunId: run.parentFlowRunId,
    rootFlowRunId: run.rootFlowRunId,
    idempotencyKey: run.idempotencyKey,
    tags: run.tags,
    runCount: run.runCount,
    crashCount: run.crashCount,
    createdAt: isoTime(run.createdAt),
    startAt: isoTime(run.startAt),
    endAt: isoTime(run.endAt),
    runTimeMs: run.runTimeMs,
    wakeAt: isoTime(run.wakeAt),
    waiting: waitDocument(run.waiting ?? extras.waiting),
    orphaned: orphanDocument(extras.orphan),
  };
}

/**
 * A flow run with its parameters, result or error, and history.
 *
 * @param outcome the encoded outcome, which is read separately because lists omit it
 */
export function flowRunDocument(run: FlowRunRecord, outcome: string | null, extras: RunExtras = {}): Document {
  return {
    ...flowRunSummary(run, extras),
    flowVersion: run.flowVersion,
    parentTaskRunId: run.parentTaskRunId,
    parameters: decoded(run.parameters),
    ...outcomeOf(run.state, outcome),
    history: [...run.history, run.state].map(stateDocument),
    policy: run.policy,
    divergence: run.divergence,
    rerunOf: run.rerunOf,
    expectedStartAt: isoTime(run.expectedStartAt),
  };
}

/** A task run as lists show it. */
export function taskRunSummary(run: TaskRunRecord, extras: RunExtras = {}): Document {
  return {
    id: run.id,
    name: run.name,
    kind: run.kind,
    taskKey: run.taskKey,
    state: stateDocument(run.state),
    flowRunId: run.flowRunId,
    parentTaskRunId: run.parentTaskRunId,
    tags: run.tags,
    runCount: run.runCount,
    createdAt: isoTime(run.createdAt),
    startAt: isoTime(run.startAt),
    endAt: isoTime(run.endAt),
    runTimeMs: run.runTimeMs,
    wakeAt: isoTime(run.wakeAt),
    waiting: isTerminal(run.state) ? null : waitDocument(run.state.details?.reason),
    orphaned: orphanDocument(extras.orphan),
  };
}

/** A task run with its parameters, result or error, inputs and history. */
export function taskRunDocument(run: TaskRunRecord, outcome: string | null, extras: RunExtras = {}): Document {
  return {
    ...taskRunSummary(run, extras),
    parameters: decoded(run.parameters),
    ...outcomeOf(run.state, outcome),
    inputs: run.inputs,
    cacheKey: run.cacheKey,
    history: [...run.history, run.state].map(stateDocument),
  };
}

/** `result` of what completed, `error` of what ended otherwise. */
function outcomeOf(state: State, outcome: string | null): Document {
  if (outcome === null) return {};
  return state.type === 'COMPLETED' ? { result: decoded(outcome) } : { error: decoded(outcome) };
}

/** A node of a run tree with all its descendants. */
export function treeDocument(node: TreeNode): Document {
  const children = node.children.map(treeDocument);
  if (isGroup(node))
    return { kind: 'group', of: node.of, members: node.members, total: node.total, counts: node.counts, children };
  const { kind, id, of, name, state, startAt, endAt, runCount, runTimeMs, waiting, orphan } = node;
  return {
    kind,
    id,
    of,
    name,
    state: stateDocument(state),
    startAt: isoTime(startAt),
    endAt: isoTime(endAt),
    runCount,
    runTimeMs,
    waiting: waitDocument(waiting),
    orphaned: orphanDocument(orphan),
    children,
  };
}
