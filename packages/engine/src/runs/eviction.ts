/**
 * What a body hears that was dropped where it waited: its run is parked, and calls it again later.
 *
 * What such a body does all the same says that it did more than wait (`Tree.onStir`), and that its run must not wait longer.
 */
import { RunCancelled, sharedByCopies } from '@millrace/kernel';

/** One for all: a parked run keeps next to nothing. */
export const PARKED = sharedByCopies(
  'parked',
  () => new RunCancelled({ reason: 'the run was parked; it goes on in a later execution' }),
);

/** Whether a body failed for being dropped, and for nothing of its own. */
export function isForParking(error: unknown): boolean {
  return error === PARKED || (error instanceof Error && error.cause === PARKED);
}
