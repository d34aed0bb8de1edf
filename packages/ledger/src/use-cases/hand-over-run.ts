/**
 * Leaves an outermost flow run to other processes because its own is about to end: the run stays as it is recorded, and a process
 * that can reach it takes it up at once. No crash is counted.
 *
 * A run without a key whose flow no process serves would stay under way for ever without a process: it ends as Crashed
 * with the reason, and a resume continues it. One that waits for an answer or a signal needs no process, and stays.
 */
import {
  awaitsResume,
  crashed,
  type FlowRunRecord,
  type HandedOver,
  type HandOver,
  isEvicted,
  isTerminal,
  StateType,
} from '@millrace/kernel';
import type { Transaction } from '@millrace/store';
import { retryOnConflict } from '../state/retry-on-conflict.ts';
import type { HandOverRequest } from '../journal/journal.ts';
import type { LedgerContext } from '../state/ledger-context.ts';
import { applyProposal } from './propose-state.ts';

export function handOverRun(context: LedgerContext, request: HandOverRequest): Promise<HandedOver> {
  const { flowRunId, sessionId, message } = request;
  return retryOnConflict(() =>
    context.store.write(async (transaction) => {
      const run = await transaction.flowRuns.getForUpdate(flowRunId);
      if (run === undefined || isTerminal(run.state)) return 'gone';
      if (run.sessionId !== null && run.sessionId !== sessionId) return 'gone';
      if (needsNoProcess(run) || (await isReachable(transaction, run, request))) {
        if (run.sessionId !== null) await leave(transaction, run);
        return 'left';
      }
      // As a sweep ends an orphan, so that a process that serves its flow later finds it.
      const reason = { kind: 'orphaned', sessionId: run.sessionId ?? '' } as const;
      const state = crashed(await transaction.now(), message, { reason });
      const proposal = { state, by: 'service' } as const;
      const verdict = await applyProposal(context, transaction, { run, holder: 'none', proposal });
      return verdict.status === 'ACCEPT' ? 'stopped' : 'left';
    }),
  );
}

/** It waits for an answer or a signal, or for its cancellation to complete. */
function needsNoProcess({ state }: FlowRunRecord): boolean {
  return state.type === StateType.Cancelling || (isEvicted(state) && state.details?.reason?.kind !== 'sleep');
}

async function isReachable(transaction: Transaction, run: FlowRunRecord, { isServed }: HandOver): Promise<boolean> {
  return isServed || run.idempotencyKey !== null || (await transaction.sessions.served()).includes(run.flowName);
}

async function leave(transaction: Transaction, run: FlowRunRecord): Promise<void> {
  run.sessionId = null;
  run.wakeAt = awaitsResume(run.state) ? null : await transaction.now();
  await transaction.flowRuns.put(run);
}
