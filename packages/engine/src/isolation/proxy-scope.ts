/**
 * The scope of an isolated body's frame, in the worker: holds the number of the frame in the host. Law 1 is kept by the scope of the
 * host; this one only reports observed runs, and refuses calls after the end.
 */
import { ChildScope } from '../runs/scope.ts';
import type { Run } from '../runs/model.ts';

export class ProxyScope extends ChildScope {
  readonly frame: number;
  /** Whether the body has ended. */
  hasEnded = false;
  readonly #observed: (run: Run) => void;

  constructor(frame: number, observed: (run: Run) => void) {
    super();
    this.frame = frame;
    this.#observed = observed;
  }

  override close(why?: Error | string): void {
    this.hasEnded = true;
    super.close(why);
  }

  override childObserved(run: Run): void {
    super.childObserved(run);
    this.#observed(run);
  }
}
