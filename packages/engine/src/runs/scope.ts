/**
 * A scope: the runs that a body started, none of which outlives the body (law 1).
 *
 * It is open while children may join; closing once the body has ended, while its children are awaited (or cancelled and awaited); then
 * closed, and further calls of the body are refused. A failed child stays listed until its failure is observed.
 */
import type { AbandonListener, Run, Scope } from './model.ts';
import { RunCancelled } from '@millrace/kernel';
import { EVICTED } from './eviction.ts';

const none: ReadonlySet<Run> = new Set();

export class ChildScope implements Scope {
  // Made with the first child, because most bodies start nothing.
  #open: Set<Run> | null = null;
  #holdCount = 0;
  #unobserved: Set<Run> | null = null;
  closing = false;
  stopped: string | null = null;
  #closedBy: Error | string | null = null;
  #abandonListeners: Set<AbandonListener> | null = null;
  #abandonedHow: { readonly continues: boolean } | null = null;
  #idle: { readonly promise: Promise<void>; readonly resolve: () => void } | null = null;
  readonly #onFailure: ((run: Run) => void) | null;
  readonly #outer: Scope | null;

  /** @param within the scope of the body that this one is part of: its children are open there too */
  constructor(within: { readonly outer: Scope; readonly onFailure: (run: Run) => void } | null = null) {
    this.#outer = within?.outer ?? null;
    this.#onFailure = within?.onFailure ?? null;
  }

  get open(): ReadonlySet<Run> {
    return this.#open ?? none;
  }

  get unobserved(): ReadonlySet<Run> {
    return this.#unobserved ?? none;
  }

  /** @throws the reason why the scope is closed, if it takes no more children */
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

  get isEvicted(): boolean {
    return this.#closedBy === EVICTED;
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
      // The code that cancels a run need not observe its failure.
      run.observe();
      run.runtime.cancel(run, reason);
    }
  }

  /** From now on children are refused. The error is made at the first refusal, because most scopes never refuse. */
  close(why: Error | string = 'the run that this call belongs to has ended'): void {
    this.#closedBy ??= why;
  }

  onAbandoned(listener: AbandonListener): { remove(): void } {
    if (this.#outer !== null) return this.#outer.onAbandoned(listener);
    if (this.#abandonedHow !== null) void listener(this.#abandonedHow).catch(() => {});
    this.#abandonListeners ??= new Set();
    this.#abandonListeners.add(listener);
    return { remove: () => void this.#abandonListeners?.delete(listener) };
  }

  async abandon(how: { readonly continues: boolean }): Promise<void> {
    this.#abandonedHow = how;
    const listeners = [...(this.#abandonListeners ?? [])].reverse();
    this.#abandonListeners = null;
    // Each listener logs its own failure, which must not keep the others from releasing what they hold.
    for (const listener of listeners) await listener(how).catch(() => {});
  }
}
