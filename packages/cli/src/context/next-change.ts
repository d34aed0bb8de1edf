/** Waits for the next change in the database. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Ledger } from '@millrace/kernel';

const pollMs = 500;
/** A busy database sends notifications faster than a screen can usefully follow. */
const settleMs = 50;

/** Resolves at the next change notification, or after half a second, because a notification may get lost. */
export async function nextChange(ledger: Ledger): Promise<void> {
  const waiting = new AbortController();
  const watch = ledger.watch(() => waiting.abort());
  await wait(pollMs, undefined, { signal: waiting.signal }).catch(() => {});
  watch.close();
  await wait(settleMs);
}
