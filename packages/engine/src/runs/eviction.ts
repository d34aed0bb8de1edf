/**
 * The error that ends an evicted body: its run was taken from memory while the body waited, and the body is called again later.
 *
 * If an evicted body still calls something, it did more than wait (`Tree.onStir`), so its run must not wait longer.
 */
import { RunCancelled, sharedByCopies } from '@millrace/kernel';

/** One error for all, because an evicted run must take next to no memory. */
export const EVICTED = sharedByCopies(
  'evicted',
  () => new RunCancelled({ reason: 'the run was evicted; a later execution continues it' }),
);

/** Whether a body failed only because it was evicted. */
export function isEviction(error: unknown): boolean {
  return error === EVICTED || (error instanceof Error && error.cause === EVICTED);
}
