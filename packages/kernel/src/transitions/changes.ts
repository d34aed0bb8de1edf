/**
 * Computes the columns that go with a new state (counts, start, end and run time), and applies the state to a record. These columns are
 * computed here only, and `applyChanges` is the only writer of a record's state.
 */
import type { FlowRunRecord } from '../runs/flow-run.ts';
import type { TaskRunRecord } from '../runs/task-run.ts';
import { continuesAttempt, isTerminalType } from '../states/predicates.ts';
import { type State, StateType } from '../states/state.ts';
import { cutHistory, fitted } from './recorded-state.ts';
import { keepsAttempt } from './move-for.ts';
import type { Move, RunChanges } from './proposal.ts';

/**
 * The changes that go with a state.
 *
 * @param run what is left: its state (null = none) and how often a body was started.
 * @param proposed the state that is entered: at least a microsecond after the one that is left, because the proposer's clock may be
 *   behind, and two states of a run never have the same instant.
 * @param move the move it is part of, if any.
 */
export function changesFor(
  run: { readonly state: State | null; readonly runCount: number },
  proposed: State,
  move?: Move,
): RunChanges {
  const { state: previous, runCount } = run;
  const earliest = previous === null ? proposed.at : microsecondAfter(previous.at);
  const state = proposed.at < earliest ? { ...proposed, at: earliest } : proposed;
  const starts = state.type === StateType.Running && !goesOn(previous, runCount, move);
  const ends = isTerminalType(state.type);
  const ended = previous !== null && isTerminalType(previous.type);
  const leavesRunning = previous !== null && previous.type === StateType.Running && state.type !== StateType.Running;
  return {
    state,
    runCount: starts ? runCount + 1 : runCount,
    startsAt: (starts || ends) && runCount === 0 ? state.at : null,
    endsAt: ends ? (ended ? null : state.at) : ended ? 'clear' : null,
    ranMs: leavesRunning ? state.at - previous.at : 0,
  };
}

/** The next instant that the states of a run can tell from this one. */
function microsecondAfter(at: number): number {
  return (Math.round(at * 1_000) + 1) / 1_000;
}

function goesOn(previous: State | null, runCount: number, move: Move | undefined): boolean {
  if (previous === null) return false;
  if (previous.type === StateType.Crashed && runCount > 0) return keepsAttempt(move);
  return continuesAttempt(previous, runCount);
}

/**
 * Writes the changes into a record: the present state becomes the last of its history.
 *
 * @param record changed in place.
 * @param changes what a verdict came with.
 */
export function applyChanges(record: FlowRunRecord | TaskRunRecord, changes: RunChanges): void {
  const ordinal = (record.state.ordinal ?? record.history.length) + 1;
  record.history.push(record.state);
  cutHistory(record.history);
  record.state = { ...fitted(changes.state), ordinal };
  record.runCount = changes.runCount;
  if (changes.startsAt !== null) record.startAt ??= changes.startsAt;
  if (changes.endsAt === 'clear') record.endAt = null;
  else if (changes.endsAt !== null) record.endAt = changes.endsAt;
  record.runTimeMs += changes.ranMs;
}
