/** Asks, through the ledger, for the cancellation of a flow run that no body of this process runs: asleep, or elsewhere. */
import { StateType } from '@millrace/kernel';
import type { Engine } from '../run/model.ts';

export async function proposeCancel(engine: Engine, flowRunId: string, reason: string): Promise<void> {
  await engine.opened.runs.propose(flowRunId, {
    state: { type: StateType.Cancelling, name: 'Cancelling', at: engine.clock.now(), message: reason, details: null },
    by: 'api',
  });
}
