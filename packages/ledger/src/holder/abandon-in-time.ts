/** Abandons a run to other processes, with retries, because a process that continues would otherwise own it for ever without running it. */
import type { FlowRunRecord } from '@millrace/kernel';
import type { HolderContext } from './holder-context.ts';

const againAfterMs = 1_000;
const againAfterMaxMs = 30_000;

/** Stops when the process has nothing to do: it ends then, and its session with it. */
export function abandonInTime(context: HolderContext, owned: FlowRunRecord, afterMs = againAfterMs): void {
  const { id: flowRunId, token: fencingToken } = owned;
  context.journal.abandon({ flowRunId, fencingToken }).catch(() => {
    context.clock.setTimer(afterMs, () => {
      if (context.activity.busy) abandonInTime(context, owned, Math.min(2 * afterMs, againAfterMaxMs));
    });
  });
}
