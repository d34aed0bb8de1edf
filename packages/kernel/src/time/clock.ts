/**
 * Time as something that is handed in.
 *
 * Nothing below an adapter reads the machine's clock or sets a real timer: it is given a `Clock`. A process passes the
 * machine's; a test passes one that jumps. This module has no implementation, so that the kernel never touches a global.
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
