/**
 * Virtual time: it stands still until it is advanced, and then jumps from timer to timer. No real timer is set.
 */
import type { Clock, TimerHandle } from '@millrace/kernel';

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly callback: () => void;
}

/** The default start of virtual time: 2026-01-01T00:00:00Z. */
export const VIRTUAL_START = Date.UTC(2026, 0, 1);

/** A clock that a test advances. */
export class VirtualClock implements Clock {
  #now: number;
  #order = 0;
  readonly #timers = new Set<Timer>();

  constructor(startAt: number = VIRTUAL_START) {
    this.#now = startAt;
  }

  now(): number {
    return this.#now;
  }

  setTimer(delayMs: number, callback: () => void): TimerHandle {
    this.#order += 1;
    const timer: Timer = { at: this.#now + Math.max(0, delayMs), order: this.#order, callback };
    this.#timers.add(timer);
    return { cancel: () => void this.#timers.delete(timer) };
  }

  /** The due time of the next timer; undefined if none is set. */
  get nextAt(): number | undefined {
    return this.#next()?.at;
  }

  /** The number of timers set so far, which shows whether anything happens. */
  get timerCount(): number {
    return this.#order;
  }

  /** Jumps to the next timer and fires it; false if none is due by then. */
  fireNext(until: number): boolean {
    const timer = this.#next();
    if (timer === undefined || timer.at > until) return false;
    this.#timers.delete(timer);
    this.#now = Math.max(this.#now, timer.at);
    timer.callback();
    return true;
  }

  /** Advances the time without firing timers. */
  moveTo(at: number): void {
    this.#now = Math.max(this.#now, at);
  }

  #next(): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (next === undefined || timer.at < next.at || (timer.at === next.at && timer.order < next.order)) next = timer;
    }
    return next;
  }
}
