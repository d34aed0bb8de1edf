/**
 * Waiting for slots: asks, and asks again when told to, giving the body's place back in between (law 6).
 */
import type { PlaceHolder, Run } from '../run/model.ts';
import { ConcurrencyTimeout, StateType } from '@millrace/kernel';
import type { SlotRequest } from '@millrace/kernel';
import { pauseFor, placeBack } from '../run/interruptible.ts';

/** A holder in the same process may give its slot back any moment: ask soon, whatever the hint says. */
const RETRY_MAX_MS = 250;

export interface AcquireOptions {
  readonly request: SlotRequest;
  readonly place: PlaceHolder | null;
  /** null = as long as it takes. */
  readonly timeoutMs: number | null;
  /** Told once, when it has to wait. */
  readonly onWait?: (name: string, heldBy: readonly string[]) => void;
}

/** The lease of the slots; null when nothing limits them. Throws ConcurrencyTimeout when the time is up. */
export async function acquireSlots(run: Run, options: AcquireOptions): Promise<string | null> {
  const wait = { hasBegun: false };
  let leaseId: string | null = null;
  try {
    try {
      leaseId = await untilGranted(run, options, wait);
    } finally {
      if (wait.hasBegun) await placeBack(options.place, run);
    }
  } catch (error) {
    if (leaseId !== null) await run.engine.opened.limits.release(leaseId);
    throw error;
  }
  return leaseId;
}

async function untilGranted(run: Run, options: AcquireOptions, wait: { hasBegun: boolean }): Promise<string | null> {
  const { clock, opened } = run.engine;
  const startedAt = clock.now();
  for (;;) {
    const answer = await opened.limits.acquire(options.request);
    if (answer.status === 'unlimited') return null;
    if (answer.status === 'granted') return answer.leaseId;
    const left = options.timeoutMs === null ? Number.POSITIVE_INFINITY : startedAt + options.timeoutMs - clock.now();
    if (left <= 0)
      throw new ConcurrencyTimeout({
        limitName: answer.name,
        timeoutMs: options.timeoutMs ?? 0,
        heldBy: answer.heldBy,
      });
    if (!wait.hasBegun) {
      wait.hasBegun = true;
      options.onWait?.(answer.name, answer.heldBy);
      options.place?.suspend();
    }
    await pauseFor(run, Math.max(1, Math.min(answer.retryAfterMs, RETRY_MAX_MS, left)));
  }
}

/** Whether the run has not begun its attempt yet, and may say that it waits for a slot (law 7). One taken up goes on as it is. */
export function mayAwaitSlot({ record }: Run): boolean {
  const type = record?.state.type;
  return type === StateType.Pending || type === StateType.Scheduled;
}
