/**
 * Waits for a record that another run or process writes. A notification of the ledger ends the wait, or a poll if the notification is lost.
 */

import type { Run } from '../runs/model.ts';

/** Calls `look` until it gives something or `untilAt` (epoch ms; null = no end) has passed: then undefined. */
export async function lookUntil<T>(
  run: Run,
  look: () => Promise<T | undefined>,
  untilAt: number | null,
): Promise<T | undefined> {
  let wake: () => void = () => {};
  let notified = false;
  const watcher = run.engine.opened.watch((notification) => {
    // Each of a hundred that wait would ask the database again at each step of every run beside it.
    if (notification === 'own-rows') return;
    notified = true;
    wake();
  });
  try {
    for (;;) {
      notified = false;
      const found = await look();
      if (found !== undefined) return found;
      const left = Math.min(
        run.engine.pollMs,
        untilAt === null ? Number.POSITIVE_INFINITY : untilAt - run.engine.clock.now(),
      );
      if (left <= 0) return undefined;
      if (!notified)
        await nap(run, left, (resolve) => {
          wake = resolve;
        });
    }
  } finally {
    watcher.close();
  }
}

/** Only now is the run quiet: while it looks, what it finds is on its way. */
async function nap(run: Run, delayMs: number, onWake: (resolve: () => void) => void): Promise<void> {
  run.enterIdle();
  try {
    await wakened(run, delayMs, onWake);
  } finally {
    run.leaveIdle();
  }
}

function wakened(run: Run, delayMs: number, onWake: (resolve: () => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = Number.isFinite(delayMs) ? run.engine.clock.setTimer(delayMs, done) : undefined;
    const registration = run.onAbort((reason) => {
      timer?.cancel();
      reject(reason);
    });
    function done(): void {
      timer?.cancel();
      registration.remove();
      resolve();
    }
    onWake(done);
  });
}
