/**
 * What goes with a new state: counts, start, end and time. And how a record takes it over.
 *
 * The one place where these columns are computed. `applyChanges` is the only writer of a record's state.
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
 * @param proposed what is entered; never earlier than what is left, as the clock of its proposer may be behind.
 * @param move the move it is part of, if any.
 */
export function changesFor(
  run: { readonly state: State | null; readonly runCount: number },
  proposed: State,
  move?: Move,
): RunChanges {
  const { state: previous, runCount } = run;
  const state = previous !== null && proposed.at < previous.at ? { ...proposed, at: previous.at } : proposed;
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
