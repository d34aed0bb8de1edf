/**
 * The scope of an isolated body's frame, in the worker: knows which frame of the host's it stands for. The host's scope is
 * the one that counts (law 1); this one only tells it who was looked at, and refuses what comes after the end.
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
