/**
 * The interruptions of a run: cancellation, loss of the lease, refusal and timeout, and the signal by which its body sees them. Base of
 * the class in `run.ts`.
 */
import { getEventListeners } from 'node:events';

export class RunInterruption {
  cancelRequest: { readonly reason: string } | null = null;
  timedOut = false;
  lostBy: Error | null = null;
  refusedBy: Error | null = null;
  #controller: AbortController | null = null;
  #abortReason: unknown = undefined;
  #abortListeners: Set<(reason: unknown) => void> | null = null;
  #stopListeners: Set<() => void> | null = null;

  requestCancel(request: { readonly reason: string }): void {
    this.cancelRequest ??= request;
  }

  timeOut(error: Error): void {
    this.timedOut = true;
    this.abort(error);
  }

  leaseLost(cause: Error): void {
    this.lostBy ??= cause;
    this.abort(cause);
    this.stop();
  }

  refuse(error: Error): void {
    this.refusedBy ??= error;
  }

  startAttempt(): void {
    this.timedOut = false;
    this.#controller = null;
    this.#abortReason = undefined;
  }

  /** Aborted with the reason when the run is cancelled, timed out or lost. Made when first read, because most bodies never read it. */
  get signal(): AbortSignal {
    if (this.#controller === null) {
      this.#controller = new AbortController();
      if (this.#abortReason !== undefined) this.#controller.abort(this.#abortReason);
    }
    return this.#controller.signal;
  }

  get aborted(): boolean {
    return this.#abortReason !== undefined;
  }

  /** Whether code of the body listens to its signal: a request, a child process. */
  get hasSignalListeners(): boolean {
    return this.#controller !== null && getEventListeners(this.#controller.signal, 'abort').length > 0;
  }

  abort(reason: unknown): void {
    this.#abortReason ??= reason;
    if (this.#controller !== null && !this.#controller.signal.aborted) this.#controller.abort(reason);
    const listeners = this.#abortListeners;
    this.#abortListeners = null;
    if (listeners !== null) for (const listener of listeners) listener(reason);
  }

  /** Calls the listener when the run is aborted, at once when it has been. The engine's own waits use it; bodies have the signal. */
  onAbort(listener: (reason: unknown) => void): { remove(): void } {
    if (this.#abortReason !== undefined) {
      listener(this.#abortReason);
      return { remove: () => {} };
    }
    this.#abortListeners ??= new Set();
    this.#abortListeners.add(listener);
    return { remove: () => void this.#abortListeners?.delete(listener) };
  }

  stop(): void {
    const listeners = this.#stopListeners;
    this.#stopListeners = null;
    if (listeners !== null) for (const listener of listeners) listener();
  }

  /** Calls the listener when the run is cancelled or lost, at once when it has been. */
  onStop(listener: () => void): { remove(): void } {
    if (this.cancelRequest !== null || this.lostBy !== null) {
      listener();
      return { remove: () => {} };
    }
    this.#stopListeners ??= new Set();
    this.#stopListeners.add(listener);
    return { remove: () => void this.#stopListeners?.delete(listener) };
  }

  /** The run has settled: its signal fires no more. */
  protected endSignal(): void {
    this.#controller = null;
    this.#abortListeners = null;
  }

  /** An outermost run that was evicted starts again. */
  protected clearInterruption(): void {
    this.lostBy = null;
    this.refusedBy = null;
    this.startAttempt();
  }
}
