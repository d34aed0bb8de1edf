/**
 * The interface of a clock, which code gets as an argument.
 *
 * Only adapters read the machine's clock or set a real timer. A process passes the machine's clock, a test passes one that jumps. This
 * module has no implementation, so that the kernel never uses a global.
 */

/** A timer that has been set and has not fired yet. */
export interface TimerHandle {
  /** Drops the timer. After it has fired, or when called twice, it does nothing. */
  cancel(): void;
}

/** Where the time comes from, and what can be asked to happen later. */
export interface Clock {
  /** @returns the present instant, in milliseconds since the Unix epoch. It may step backwards when the machine's clock is set. */
  now(): number;
  /**
   * Calls `callback` once, no sooner than `delayMs` from now, and never before `setTimer` has returned.
   *
   * @param delayMs milliseconds; zero or less means as soon as possible. Any finite length is allowed: an implementation
   *   over a timer of limited range (a host's 2^31 ms) must wait in several goes.
   * @param callback must not throw.
   */
  setTimer(delayMs: number, callback: () => void): TimerHandle;
}
