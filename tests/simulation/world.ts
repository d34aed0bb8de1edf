/**
 * Virtual time for everything in one simulation: events one by one, each to the end of its promises, in an order that the
 * seed decides. Nothing in here asks the machine for the time or sets a timer of it.
 */
import { setImmediate } from 'node:timers';
import type { TimerHandle } from '@millrace/kernel';
import { type Event, EventQueue, type Owner } from './event-queue.ts';
import { SeededRandom } from './seeded-random.ts';
import { Trace } from './trace.ts';

/** Virtual time begins here (epoch ms). */
const BEGIN_AT = Date.UTC(2026, 0, 1);
/** One wrong thing leads to others: the first ones show the cause. */
const VIOLATIONS_MAX = 20;

export class World {
  readonly random: SeededRandom;
  readonly trace: Trace;
  readonly violations: string[] = [];
  /** False in the calm at the end: nothing fails any more. */
  isFaulty = true;
  /** Whose event is being run. */
  current: Owner | null = null;
  eventCount = 0;
  readonly #queue = new EventQueue();
  #time = BEGIN_AT;
  #order = 0;

  constructor(seed: number, traceLines: number) {
    this.random = new SeededRandom(seed);
    this.trace = new Trace(traceLines);
  }

  /** Whole milliseconds, as a clock gives them. */
  readonly now = (): number => Math.floor(this.#time);

  /** Milliseconds since the beginning. */
  get elapsedMs(): number {
    return this.#time - BEGIN_AT;
  }

  schedule(owner: Owner | null, delayMs: number, { label, run }: { label: string; run: () => void }): TimerHandle {
    this.#order += 1;
    const event: Event = { at: this.#time + delayMs, order: this.#order, owner, label, run, isCancelled: false };
    this.#queue.push(event);
    return {
      cancel: () => {
        event.isCancelled = true;
      },
    };
  }

  /** Resolves later, in an event of its own. Never, when the owner dies before. */
  pause(owner: Owner | null, delayMs: number, label: string): Promise<void> {
    return new Promise((resolve) => {
      this.schedule(owner, delayMs, { label, run: resolve });
    });
  }

  violate(message: string): void {
    if (this.violations.length >= VIOLATIONS_MAX) return;
    this.violations.push(message);
    this.note(null, `VIOLATION ${message}`);
  }

  note(owner: Owner | null, text: string): void {
    this.trace.add(`${this.elapsedMs.toFixed(3)} ${owner?.name ?? '-'} ${text}`);
  }

  /** Runs the next event and all promises that it settles. False when there is none. */
  async step(): Promise<boolean> {
    for (;;) {
      const event = this.#queue.pop();
      if (event === undefined) return false;
      if (event.isCancelled || event.owner?.isAlive === false) continue;
      if (event.owner !== null && event.owner.pausedUntil > event.at - BEGIN_AT) {
        event.at = BEGIN_AT + event.owner.pausedUntil;
        this.#queue.push(event);
        continue;
      }
      this.#time = Math.max(this.#time, event.at);
      this.eventCount += 1;
      this.current = event.owner;
      this.note(event.owner, event.label);
      event.run();
      await settled();
      this.current = null;
      return true;
    }
  }
}

/** Resolves when no promise is left that can go on by itself: the event loop has come round. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
