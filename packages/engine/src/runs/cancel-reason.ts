/** The recorded reason of a cancellation, as a string; plain JavaScript may pass an error. */
import type { Run } from './model.ts';
import { messageOf } from './values.ts';

export function cancelReason(given: unknown): string {
  return typeof given === 'string' ? given : messageOf(given);
}

/** Why a body may start nothing more; null = it may. */
export function whyNoMore(run: Run): string | null {
  if (run.cancelRequest !== null) return run.cancelRequest.reason;
  return run.timedOut ? `the time of '${run.name}' is over` : null;
}
