/**
 * Merges a state reported by another process into the record of a task run; `decide` is the only other way to change a state (law 4).
 *
 * A report is a fact, not a proposal: the state was entered, in a process that asked no rule, so there is nothing to refuse. Reports
 * arrive in any order and more than once. The merge is commutative and idempotent: whatever the order, the same reports give the same
 * record. A proposal goes through `decide`; there is no third door.
 */
import type { TaskRunRecord } from '../runs/task-run.ts';
import { isTerminalType } from '../states/predicates.ts';
import { type State, StateType } from '../states/state.ts';
import { cutHistory, fitted } from './recorded-state.ts';

/** A state that a task run entered in another process, and the run as it was then. */
export interface TaskRunReport {
  /** The facts that every report of the run has alike. */
  readonly run: ReportedRun;
  readonly state: ReportedState;
  /** The columns that go with the state: those of the newest report are the run's. */
  readonly columns: ReportedColumns;
}

/** A state whose id its reporter gave it, by which a second report of it is known. */
export type ReportedState = State & { readonly id: string };

/** The columns of a run that never change. */
export type ReportedRun = Pick<
  TaskRunRecord,
  | 'id'
  | 'flowRunId'
  | 'parentTaskRunId'
  | 'taskKey'
  | 'dynamicKey'
  | 'replayKey'
  | 'createdAt'
  | 'tags'
  | 'retryPolicy'
  | 'details'
>;

/** The columns of a run that change with its state. */
export type ReportedColumns = Pick<
  TaskRunRecord,
  'name' | 'runCount' | 'flowRunCount' | 'startAt' | 'endAt' | 'runTimeMs' | 'inputs' | 'cacheKey'
>;

/** The record after a report. */
export interface MergedReport {
  readonly record: TaskRunRecord;
  /** `known`: the record had it. `older`: it went into the history. `newest`: the run is in this state now. */
  readonly position: 'known' | 'older' | 'newest';
}

/**
 * The record with the report in it.
 *
 * States are in the order of their instants. Of two with one instant a state that waits comes first and one that ends the run last;
 * then the state that was decided here, then the one with the smaller id. A state that was made to reconcile (see `reconciledBy`) gives way to any report that the record does not have yet.
 * The merge costs O(states), at most 500.
 *
 * @param record not changed; null = no report of the run came before.
 * @example
 * const { record, position } = mergeReport(stored, report);
 * if (position !== 'known') await taskRuns.put([record]);
 */
export function mergeReport(record: TaskRunRecord | null, { run, state, columns }: TaskRunReport): MergedReport {
  const reported = fitted(state);
  if (record === null) {
    const fresh = { kind: 'task', sessionId: null, parameters: null, outcome: null, wakeAt: null } as const;
    return {
      record: { ...fresh, ...run, ...columns, state: { ...reported, ordinal: 0 }, history: [] },
      position: 'newest',
    };
  }
  if (record.state.id === state.id || record.history.some(({ id }) => id === state.id)) {
    return { record, position: 'known' };
  }
  const before = withoutReconciled(record);
  const states = withOrdinals(before);
  const index = states.findLastIndex((other) => isBefore(other, reported)) + 1;
  states.splice(index, 0, reported);
  const position = index === states.length - 1 ? 'newest' : 'older';
  const current = states.pop() ?? reported;
  cutHistory(states);
  const history = renumbered([...states, current]);
  const now = history.pop() ?? current;
  const changed = position === 'newest' ? { ...columns, wakeAt: null } : {};
  return { record: { ...before, ...changed, state: now, history }, position };
}

/**
 * The details of a state that ends a reported run for want of a report: the flow run ended, and no report of this run's end came.
 *
 * @param record as it is before that state.
 */
export function reconciledBy({ startAt, runTimeMs }: TaskRunRecord): Pick<NonNullable<State['details']>, 'reconciled'> {
  return { reconciled: { startAt, runTimeMs } };
}

function withoutReconciled(record: TaskRunRecord): TaskRunRecord {
  const replaced = record.state.details?.reconciled;
  const state = record.history.at(-1);
  if (replaced === undefined || state === undefined) return record;
  return { ...record, ...replaced, endAt: null, state, history: record.history.slice(0, -1) };
}

function isBefore(a: State, b: State): boolean {
  if (a.at !== b.at) return a.at < b.at;
  const [first, second] = [rankOf(a.type), rankOf(b.type)];
  return first === second ? (a.id ?? '') < (b.id ?? '') : first < second;
}

/** The order of states with one instant: a run waits, then runs, then ends. */
function rankOf(type: StateType): number {
  if (type === StateType.Scheduled || type === StateType.Pending) return 0;
  return isTerminalType(type) ? 2 : 1;
}

/** All states, oldest first. Each that was decided here has its ordinal, because its id follows from it whatever comes in between. */
function withOrdinals({ history, state }: TaskRunRecord): State[] {
  let next = 0;
  return [...history, state].map((one) => {
    const ordinal = one.ordinal ?? next;
    next = ordinal + 1;
    return one.ordinal === ordinal ? one : { ...one, ordinal };
  });
}

/** A reported state is known by its id; its ordinal is one more than that of the state before it. */
function renumbered(states: readonly State[]): State[] {
  let next = 0;
  return states.map((one) => {
    const ordinal = one.id === undefined ? (one.ordinal ?? next) : next;
    next = ordinal + 1;
    return one.ordinal === ordinal ? one : { ...one, ordinal };
  });
}
