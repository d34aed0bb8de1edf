/** Stores a signal for a flow run, and makes the run due if it waits for this signal. */
import { ConfigurationError, RunNotFound, StateType } from '@millrace/kernel';
import { retryOnConflict } from '../state/retry-on-conflict.ts';
import type { LedgerContext } from '../state/ledger-context.ts';
import { wakeRun } from './wake-run.ts';

export interface SignalToSend {
  readonly name: string;
  /** Encoded. */
  readonly payload: string;
  readonly idempotencyKey?: string;
}

/** Throws RunNotFound, or ConfigurationError for a run that has completed, which takes no signals any more. A second signal of the same name and idempotency key is dropped. */
export async function sendSignal(context: LedgerContext, flowRunId: string, signal: SignalToSend): Promise<void> {
  const id = context.ids();
  await retryOnConflict(() =>
    context.store.write(async (transaction) => {
      const run = await transaction.flowRuns.getForUpdate(flowRunId);
      if (run === undefined) throw new RunNotFound({ runId: flowRunId });
      const { name, payload, idempotencyKey = null } = signal;
      const isNew = await transaction.signals.send({ id, flowRunId, name, payload, idempotencyKey });
      if (!isNew) return;
      if (run.state.type === StateType.Completed) {
        const message = `Flow run '${run.name}' has completed: nothing of it waits for a signal '${name}'. Send it to another run.`;
        throw new ConfigurationError(message, { runId: run.id, signalName: name });
      }
      await wakeRun(transaction, run);
    }),
  );
}
