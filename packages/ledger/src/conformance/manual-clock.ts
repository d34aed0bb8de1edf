/** Time that moves only when a test moves it; timers that are due fire then. */
import type { TimerHandle } from '@millrace/kernel';

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

export class ManualClock {
  #now = 1_763_880_000_000;
  readonly #timers = new Map<TimerHandle, Timer>();

  now = (): number => this.#now;

  setTimer = (delayMs: number, callback: () => void): TimerHandle => {
    const handle: TimerHandle = { cancel: () => void this.#timers.delete(handle) };
    this.#timers.set(handle, { at: this.#now + delayMs, callback });
    return handle;
  };

  /** Timers that were not cancelled and did not fire. */
  get waiting(): number {
    return this.#timers.size;
  }

  advance(ms: number): void {
    this.#now += ms;
    for (const [handle, { at, callback }] of [...this.#timers]) {
      if (at <= this.#now && this.#timers.delete(handle)) callback();
    }
  }

  /** Moves on by a millisecond at a time, with a turn of the event loop after each, until the condition holds. */
  async until(condition: () => boolean | Promise<boolean>): Promise<void> {
    while (!(await condition())) {
      this.advance(1);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}
