/**
 * Takes a signal and writes the record of the wait that takes it in one transaction. The record names the signal, so that after a crash
 * this wait gets the same signal again, and no other wait does.
 */
import { type SignalRecord, StaleExecution } from '@millrace/kernel';
import type { TakeSignalRequest } from '../journal/journal.ts';
import type { LedgerContext } from '../state/ledger-context.ts';
import { withSignal } from '../state/signalled-record.ts';

/** Signals of one run that are looked through for one that was taken before. */
const signalsMax = 1_000;

/** The oldest one that no wait took; null = there is none. */
export function takeSignal({ store }: LedgerContext, request: TakeSignalRequest): Promise<SignalRecord | null> {
  const { flowRunId, fencingToken: token, sessionId, record, name } = request;
  return store.write(async (transaction) => {
    const run = await transaction.flowRuns.getForUpdate(flowRunId);
    // A run that was evicted meanwhile keeps its token.
    if (run?.token !== token || run.sessionId !== sessionId) throw new StaleExecution({ flowRunId, token });
    const taken = await transaction.signals.takeOldest(flowRunId, name);
    if (taken === undefined) return null;
    await transaction.taskRuns.put([withSignal(record, taken.id)]);
    return taken;
  });
}

/** A signal that was taken before. */
export async function findSignal(
  { store }: LedgerContext,
  { flowRunId, name, signalId }: { readonly flowRunId: string; readonly name: string; readonly signalId: string },
): Promise<SignalRecord | null> {
  const page = { limit: signalsMax, after: before(signalId) };
  const list = await store.read(({ signals }) => signals.list(flowRunId, page));
  return list.find((signal) => signal.id === signalId && signal.name === name) ?? null;
}

/** A key just before the id, to page from. */
function before(id: string): string {
  return id.slice(0, -1);
}
