/**
 * Evicts a run. If it never looked for a signal, one row is written as its owner has it, because thousands of evictions must cost few
 * commits and little memory. The row is read again only if another process changed it meanwhile.
 */
import type { FlowRunRecord, ParkRequest } from '@millrace/kernel';
import { isRunChanged } from '../state/retry-on-conflict.ts';
import { suspendRun } from '../state/suspend-run.ts';
import type { HolderContext } from './holder-context.ts';
import type { SignalTaker } from './signal-taker.ts';

export interface Eviction {
  readonly run: FlowRunRecord;
  readonly request: ParkRequest;
  /** Of its execution. */
  readonly signals: SignalTaker | null;
}

/** The run as it is stored now. Throws StaleExecution, or RunCancelled when it is to be cancelled instead. */
export async function evictRun(context: HolderContext, eviction: Eviction): Promise<FlowRunRecord> {
  const { run, request, signals } = eviction;
  if (signals?.isUsed !== true) {
    const evicted = await evictAsOwned(context, run, request);
    if (evicted !== undefined) return evicted;
  }
  const { id: flowRunId, token: fencingToken } = run;
  const awaited = [...(signals?.awaited ?? [])];
  const isSignalled = signals?.isSignalled ?? false;
  return await context.journal.park({ ...request, flowRunId, fencingToken, awaited, isSignalled });
}

/** undefined = another process changed the row. */
async function evictAsOwned(
  { journal, clock, random }: HolderContext,
  owned: FlowRunRecord,
  request: ParkRequest,
): Promise<FlowRunRecord | undefined> {
  // A copy with a history of its own, because the live record must not change before the row is stored.
  const run = { ...owned, history: [...owned.history] };
  suspendRun({ now: clock.now(), random }, run, request);
  try {
    await journal.rows.putFlowRun(run);
    return run;
  } catch (error) {
    if (!isRunChanged(error)) throw error;
    return undefined;
  }
}
