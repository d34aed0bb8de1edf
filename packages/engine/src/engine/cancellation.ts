/** Requests, through the ledger, the cancellation of a flow run that has no body in this process, because it is evicted or remote. */
import { cancelling } from '@millrace/kernel';
import type { Engine, Run, Runtime } from '../runs/model.ts';

export async function proposeCancel(runtime: Runtime, flowRunId: string, reason: string): Promise<void> {
  await runtime.opened.runs.propose(flowRunId, {
    state: cancelling(runtime.clock.now(), reason),
    by: 'api',
  });
}

/** Cancels a run that its own process holds: that one stops it, calls its hooks, and records how it ended. */
export async function cancelJoined(engine: Engine, run: Run, reason: string): Promise<void> {
  await proposeCancel(engine, run.id, reason);
  // An evicted run has ended by that.
  engine.runPoller.goOn(run.id);
}
