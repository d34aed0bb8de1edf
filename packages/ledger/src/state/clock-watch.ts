/**
 * Detects that the time of day was set. A lease ends at a time of day, so after a jump ahead every lease seems over until its holder's next
 * heartbeat. For the length of a lease no process is treated as dead then, unless it is known to be.
 */
import type { Clock } from '@millrace/kernel';

export interface ClockWatchOptions {
  readonly clock: Pick<Clock, 'now'>;
  /** Milliseconds by a clock that can't be set; undefined = there is nothing to compare with. */
  readonly monotonic: (() => number) | undefined;
  readonly leaseMs: number;
}

/** Ordinary corrections of a clock stay below this. */
const correctionMaxMs = 1_000;

export class ClockWatch {
  readonly #options: ClockWatchOptions;
  #apart: number;
  #settledAt = Number.NEGATIVE_INFINITY;

  constructor(options: ClockWatchOptions) {
    this.#options = options;
    this.#apart = options.clock.now() - (options.monotonic?.() ?? 0);
  }

  /** Whether a lease that seems to be over is over. Call it after the lease and the database's time were read. */
  isSettled(): boolean {
    const { clock, monotonic, leaseMs } = this.#options;
    if (monotonic === undefined) return true;
    const passed = monotonic();
    const apart = clock.now() - passed;
    if (Math.abs(apart - this.#apart) > correctionMaxMs) this.#settledAt = passed + leaseMs;
    this.#apart = apart;
    return passed >= this.#settledAt;
  }
}
