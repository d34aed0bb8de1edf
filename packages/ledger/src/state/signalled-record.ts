/** Reads and writes the signal of a wait in its record: the state names the signal that the wait took. */
import type { State, TaskRunRecord } from '@millrace/kernel';

/** The record with the signal that its wait has taken. */
export function withSignal(record: TaskRunRecord, signalId: string): TaskRunRecord {
  return { ...record, state: { ...record.state, details: { ...record.state.details, signalId } } };
}

/** The state without the signal that it named. */
export function withoutSignal(state: State): State {
  if (state.details?.signalId === undefined) return state;
  const { signalId: _, ...details } = state.details;
  return { ...state, details };
}

/** The last signal that the wait took. A recovery puts the state that names it into the history. */
export function takenBefore(record: TaskRunRecord): string | undefined {
  const last = [...record.history, record.state].findLast((state) => state.details?.signalId !== undefined);
  return last?.details?.signalId;
}
