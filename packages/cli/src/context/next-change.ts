/** Waits until something may have changed in the database. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Ledger } from '@millrace/kernel';

const pollMs = 500;
/** Hints of a busy database come faster than anyone reads. */
const settleMs = 50;

/** Resolves at the next hint of a change, or after half a second: hints are never the only source. */
export async function nextChange(ledger: Ledger): Promise<void> {
  const waiting = new AbortController();
  const watch = ledger.watch(() => waiting.abort());
  await wait(pollMs, undefined, { signal: waiting.signal }).catch(() => {});
  watch.close();
  await wait(settleMs);
}
