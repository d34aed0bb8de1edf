/** Why a run is cancelled, as text: it is recorded, and who has no types may give an error. */
import { messageOf } from './values.ts';

export function cancelReason(given: unknown): string {
  return typeof given === 'string' ? given : messageOf(given);
}
