/**
 * One call of a task or a flow, from the call to its settlement: what the future, the scope and the engine share.
 *
 * A run settles once. Settling comes after the commit of its terminal state (law 2), so whoever is released by it may rely
 * on what it sees. After settling only the value, the state and the id are kept: a wide map must stay light.
 */
import type {
  Abandonment,
  CallPlace,
  Engine,
  Frame,
  ItemStream,
  RepeatedLines,
  Run,
  Runtime,
  Scope,
  Settlement,
  Tree,
} from './model.ts';
import { type FlowRunRecord, pending, type State, type TaskRunRecord } from '@millrace/kernel';
import type { Execution } from '@millrace/kernel';
import type { RunView } from '../definitions/run-context.ts';
import type { Definition } from '../definitions/definition.ts';
import { getEventListeners } from 'node:events';
import { observeBlamed } from './upstream-error.ts';
import { PARKED } from './eviction.ts';
import { ActivityTree } from './tree.ts';

const notStarted = pending(0);

export class RunNode implements Run {
  readonly runtime: Runtime;
  readonly definition: Definition;
  /** Where it was called; null = from outside any run. */
  readonly caller: Frame | null;
  readonly depth: number;
  args: readonly unknown[] | null;
  settlement: Settlement = 'pending';
  /** The value, or the error. */
  value: unknown = undefined;
  /** Whether anybody looked at how it ended. */
  observed = false;
  /** The enclosing flow run's execution for a task, its own for a flow; null before it began and after it settled. */
  execution: Execution | null = null;
  repeated: RepeatedLines | null = null;
  isQueued = false;
  record: TaskRunRecord | FlowRunRecord | null = null;
  /** The scope of the body that runs now. */
  scope: Scope | null = null;
  waitingOn: Set<readonly Run[]> | null = null;
  /** Set while the body runs: ends it from outside (time out, grace over, parked). */
  abandon: ((outcome: Abandonment) => void) | null = null;
  cancelRequest: { readonly reason: string } | null = null;
  timedOut = false;
  lostBy: Error | null = null;
  refusedBy: Error | null = null;
  at: CallPlace | null = null;
  looking: Promise<void> | null = null;
  element = -1;
  isElsewhere = false;
  isJoined = false;
  /** Let go of by an ending process: it settles here no more. */
  isHandedOver = false;
  #handOverListeners: (() => void)[] = [];
  /** The cache key under which this run's value was found; null = it was computed. */
  cacheHit: string | null = null;
  stream: ItemStream | null = null;
  #controller: AbortController | null = null;
  #abortReason: unknown = undefined;
  #abortListeners: Set<(reason: unknown) => void> | null = null;
  #stopListeners: Set<() => void> | null = null;
  #id: string | null = null;
  /** The id to begin with, if it begins. */
  readonly #newId: string | null;
  #shown: RunView | null = null;
  #name: string | null = null;
  #lastState: State = notStarted;
  /** The outermost run's, shared by all below it. */
  readonly tree: Tree;
  #quietDepth = 0;
  #dropped = false;
  #listeners: (() => void)[] | null = null;
  #hasBegun = false;
  #onBegun: (() => void) | null = null;

  constructor(
    runtime: Runtime,
    definition: Definition,
    options: { readonly caller: Frame | null; readonly args: readonly unknown[]; readonly id?: string },
  ) {
    this.runtime = runtime;
    this.definition = definition;
    this.caller = options.caller;
    this.depth = options.caller === null ? 0 : options.caller.run.depth + 1;
    this.args = options.args;
    this.#newId = options.id ?? null;
    this.tree = options.caller === null ? new ActivityTree(this) : options.caller.run.tree;
  }

  get engine(): Engine {
    const { engine } = this.runtime;
    if (engine === null) throw new Error(`Run '${this.name}' belongs to another process: no engine here runs it.`);
    return engine;
  }

  get id(): string {
    const id = this.#id ?? this.record?.id ?? this.#newId ?? this.runtime.ids();
    this.#id = id;
    return id;
  }

  set id(id: string) {
    this.#id = id;
  }

  get name(): string {
    return this.record?.name ?? this.#name ?? this.definition.name;
  }

  get state(): State {
    return this.record?.state ?? this.#lastState;
  }

  /** Aborted with the reason when the run is cancelled, timed out or lost. Made when first asked for: most bodies never do. */
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

  /** Whether something that the body began waits for its signal: a request, a child process. */
  get isSignalHeard(): boolean {
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

  /** A new attempt begins with a signal that hasn't fired. */
  resetSignal(): void {
    this.#controller = null;
    this.#abortReason = undefined;
  }

  settle(settlement: 'completed' | 'failed', value: unknown): void {
    if (this.settlement !== 'pending' || this.#dropped || this.runtime.halted) return;
    this.settlement = settlement;
    this.value = value;
    if (this.observed && settlement === 'failed') observeBlamed(value);
    this.#id = this.id;
    this.#name = this.name;
    this.#lastState = this.state;
    this.args = null;
    this.record = null;
    this.execution = null;
    this.scope = null;
    this.abandon = null;
    this.#controller = null;
    this.#abortListeners = null;
    this.tree.unsettled -= 1;
    if (this.#quietDepth > 0) this.tree.quiet -= 1;
    this.#quietDepth = 0;
    this.caller?.scope.childSettled(this);
    this.tree.changed();
    const listeners = this.#listeners;
    this.#listeners = null;
    if (listeners !== null) for (const listener of listeners) listener();
  }

  /** It lives elsewhere: what is told of it there is told of it here. */
  show(view: RunView): void {
    this.#shown = view;
    this.#id = view.id;
    this.#name = view.name;
  }

  get shown(): RunView | null {
    return this.#shown;
  }

  /** Sets the state that is shown for a run that never got a record of its own. */
  showState(state: State): void {
    this.#lastState = state;
  }

  /** The run does nothing but wait, until `leaveQuiet`. Counted, as a body may wait for several things at once. */
  enterQuiet(): void {
    this.#quietDepth += 1;
    if (this.#quietDepth !== 1 || this.settlement !== 'pending') return;
    this.tree.quiet += 1;
    this.tree.changed();
  }

  leaveQuiet(): void {
    if (this.#quietDepth === 0) return;
    this.#quietDepth -= 1;
    if (this.#quietDepth !== 0 || this.settlement !== 'pending') return;
    this.tree.quiet -= 1;
    this.tree.changed();
  }

  get isQuiet(): boolean {
    return this.#quietDepth > 0;
  }

  /** Whether it was parked: its present body is no longer heard. */
  get isDropped(): boolean {
    return this.#dropped;
  }

  get isAway(): boolean {
    return this.#dropped || this.isElsewhere;
  }

  /** Parked: whatever of this run is still in memory ends without being heard, and is let go of. */
  drop(): void {
    this.#name = this.name;
    this.#id = this.id;
    this.#lastState = this.state;
    this.#dropped = true;
    this.#quietDepth = 0;
    this.scope?.close(PARKED);
    void this.scope?.giveUp({ goesOn: true });
    this.abandon?.({ kind: 'parked' });
    this.abort(PARKED);
    this.abandon = null;
    this.scope = null;
    this.record = null;
    this.execution = null;
    this.waitingOn = null;
  }

  /** An outermost run that was parked begins again. */
  revive(): void {
    this.#dropped = false;
    this.tree.unsettled = 1;
    this.tree.quiet = 0;
    this.#quietDepth = 0;
    this.lostBy = null;
    this.refusedBy = null;
    this.resetSignal();
  }

  /** Resolves once the run has settled. Never rejects. */
  settled(): Promise<void> {
    return new Promise((resolve) => this.onSettled(resolve));
  }

  markHandedOver(): void {
    this.isHandedOver = true;
    for (const listener of this.#handOverListeners.splice(0)) listener();
  }

  /** Resolves once the run has settled, or an ending process has let go of it. Never rejects. */
  over(): Promise<void> {
    return new Promise((resolve) => {
      if (this.isHandedOver) resolve();
      else this.#handOverListeners.push(resolve);
      this.onSettled(resolve);
    });
  }

  /** Calls the listener once the run has settled; at once when it has. */
  onSettled(listener: () => void): void {
    if (this.settlement !== 'pending') listener();
    else if (this.#listeners === null) this.#listeners = [listener];
    else this.#listeners.push(listener);
  }

  offSettled(listener: () => void): void {
    this.#listeners = this.#listeners?.filter((other) => other !== listener) ?? null;
  }

  /** Resolves once the run has an id that stays: it was begun, taken up, found ended, or refused. */
  begun(): Promise<void> {
    if (this.record !== null || this.settlement !== 'pending' || this.#hasBegun) return Promise.resolve();
    return new Promise((resolve) => {
      const before = this.#onBegun;
      this.#onBegun = () => {
        before?.();
        resolve();
      };
      this.onSettled(resolve);
    });
  }

  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  markBegun(): void {
    this.#hasBegun = true;
    this.#onBegun?.();
    this.#onBegun = null;
  }

  observe(): void {
    if (this.observed) return;
    this.observed = true;
    if (this.settlement === 'failed') observeBlamed(this.value);
    this.caller?.scope.childObserved(this);
  }
}
