/**
 * A scope: what a body started, and the promise that nothing of it outlives the body (law 1).
 *
 * Open: children may join. Closing: the body has ended, children are awaited (or cancelled and awaited). Closed: whatever
 * a zombie body still calls is refused. A child that failed stays listed until somebody looks at it.
 */
import type { GivenUp, Run, Scope } from './model.ts';
import { RunCancelled } from '@millrace/kernel';
import { PARKED } from './eviction.ts';

const nobody: ReadonlySet<Run> = new Set();

export class ChildScope implements Scope {
  // Most bodies start nothing: the sets are made with the first child.
  #open: Set<Run> | null = null;
  #holdCount = 0;
  #unobserved: Set<Run> | null = null;
  closing = false;
  stopped: string | null = null;
  #closedBy: Error | string | null = null;
  #givenUp: Set<GivenUp> | null = null;
  #gaveUp: { readonly goesOn: boolean } | null = null;
  #idle: { readonly promise: Promise<void>; readonly resolve: () => void } | null = null;
  readonly #onFailure: ((run: Run) => void) | null;
  readonly #outer: Scope | null;

  /** @param within the scope of the body that this one is part of: what is open here is open there */
  constructor(within: { readonly outer: Scope; readonly onFailure: (run: Run) => void } | null = null) {
    this.#outer = within?.outer ?? null;
    this.#onFailure = within?.onFailure ?? null;
  }

  get open(): ReadonlySet<Run> {
    return this.#open ?? nobody;
  }

  get unobserved(): ReadonlySet<Run> {
    return this.#unobserved ?? nobody;
  }

  /** @throws what the scope was closed by, when it takes no more children. */
  requireOpen(): void {
    this.#refuseClosed();
    this.#outer?.requireOpen();
  }

  #refuseClosed(): void {
    if (this.#closedBy instanceof Error) throw this.#closedBy;
    if (this.#closedBy !== null) throw new RunCancelled({ reason: this.#closedBy });
  }

  /** @throws as `requireOpen` */
  join(run: Run): void {
    this.#refuseClosed();
    this.#outer?.join(run);
    this.#open ??= new Set();
    this.#open.add(run);
  }

  childSettled(run: Run): void {
    this.#open?.delete(run);
    if (run.settlement === 'failed') {
      if (!run.observed) {
        this.#unobserved ??= new Set();
        this.#unobserved.add(run);
      }
      this.#onFailure?.(run);
    }
    this.childLeft(run);
  }

  get isParked(): boolean {
    return this.#closedBy === PARKED;
  }

  get isEmpty(): boolean {
    return this.open.size === 0 && this.#holdCount === 0;
  }

  hold(): () => void {
    const letOuterGo = this.#outer?.hold();
    this.#holdCount += 1;
    return () => {
      this.#holdCount -= 1;
      letOuterGo?.();
      this.#left();
    };
  }

  childLeft(run: Run): void {
    this.#open?.delete(run);
    this.#outer?.childLeft(run);
    this.#left();
  }

  childObserved(run: Run): void {
    this.#unobserved?.delete(run);
  }

  /** Resolves when no child is open and none is about to join. Never rejects. */
  async idle(): Promise<void> {
    while (!this.isEmpty) {
      this.#idle ??= Promise.withResolvers<void>();
      await this.#idle.promise;
    }
  }

  #left(): void {
    if (!this.isEmpty) return;
    this.#idle?.resolve();
    this.#idle = null;
  }

  cancelAll(reason: string): void {
    for (const run of [...this.open]) {
      // Who cancels a run need not be told that it was.
      run.observe();
      run.runtime.cancel(run, reason);
    }
  }

  /** From now on children are refused. The error is made when one is: most scopes are closed and never asked again. */
  close(why: Error | string = 'the run that this call belongs to has ended'): void {
    this.#closedBy ??= why;
  }

  whenGivenUp(listener: GivenUp): { remove(): void } {
    if (this.#outer !== null) return this.#outer.whenGivenUp(listener);
    if (this.#gaveUp !== null) void listener(this.#gaveUp).catch(() => {});
    this.#givenUp ??= new Set();
    this.#givenUp.add(listener);
    return { remove: () => void this.#givenUp?.delete(listener) };
  }

  async giveUp(how: { readonly goesOn: boolean }): Promise<void> {
    this.#gaveUp = how;
    const listeners = [...(this.#givenUp ?? [])].reverse();
    this.#givenUp = null;
    // Each tells of its own failures, and none keeps the others from what they hold.
    for (const listener of listeners) await listener(how).catch(() => {});
  }
}
