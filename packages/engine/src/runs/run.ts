/**
 * One call of a task or a flow, from the call to its settlement. The future, the scope and the engine share this object.
 *
 * A run settles once, after the commit of its terminal state (law 2), so that code which waits for it can rely on the state that it reads.
 * After that only the value, the state and the id are kept, because a wide map has many settled runs.
 */
import type {
  Abandonment,
  CallPosition,
  Engine,
  FlowRun,
  Frame,
  ItemStream,
  RepeatedLines,
  Run,
  Runtime,
  Scope,
  Settlement,
  TaskRun,
  Tree,
} from './model.ts';
import { type Execution, type FlowRunRecord, pending, type State, type TaskRunRecord } from '@millrace/kernel';
import type { RunView } from '../definitions/run-context.ts';
import type { Definition, FlowDefinition, TaskDefinition } from '../definitions/definition.ts';
import { EVICTED } from './eviction.ts';
import { RunInterruption } from './run-interruption.ts';
import { ActivityTree } from './tree.ts';
import { observeBlamed } from './upstream-error.ts';

const notStarted = pending(0);

export interface RunOptions {
  /** The frame of the call; null = from outside any run. */
  readonly caller: Frame | null;
  readonly args: readonly unknown[];
  /** Default: the next id of the runtime, taken when it is first read. */
  readonly id?: string;
}

/** Makes the run of a call. Nothing is started yet. */
export function createRun(runtime: Runtime, definition: TaskDefinition, options: RunOptions): TaskRun;
export function createRun(runtime: Runtime, definition: FlowDefinition, options: RunOptions): FlowRun;
export function createRun(runtime: Runtime, definition: Definition, options: RunOptions): Run;
export function createRun(runtime: Runtime, definition: Definition, options: RunOptions): Run {
  return definition.kind === 'flow'
    ? new FlowRunNode(runtime, definition, options)
    : new TaskRunNode(runtime, definition, options);
}

abstract class RunNode extends RunInterruption {
  readonly runtime: Runtime;
  readonly caller: Frame | null;
  readonly depth: number;
  readonly tree: Tree;
  abstract readonly definition: Definition;
  args: readonly unknown[] | null;
  at: CallPosition | null = null;
  looking: Promise<void> | null = null;
  element = -1;

  // Its record, and the values that are shown without one.
  abstract record: TaskRunRecord | FlowRunRecord | null;
  execution: Execution | null = null;
  cacheHit: string | null = null;
  #id: string | null = null;
  /** The id of the record, if one is made. */
  readonly #newId: string | null;
  #name: string | null = null;
  #lastState: State = notStarted;
  #shown: RunView | null = null;

  // From its call to its settlement.
  settlement: Settlement = 'pending';
  value: unknown = undefined;
  observed = false;
  isHandedOver = false;
  #handOverListeners: (() => void)[] | null = null;
  #settledListeners: (() => void)[] | null = null;
  #isIdentified = false;
  #onIdentified: (() => void) | null = null;

  // The activity of its body.
  scope: Scope | null = null;
  waitingOn: Set<readonly Run[]> | null = null;
  repeated: RepeatedLines | null = null;
  stream: ItemStream | null = null;
  isQueued = false;
  isRemote = false;
  isJoined = false;
  #onAbandon: ((outcome: Abandonment) => void) | null = null;
  #idleDepth = 0;
  #isEvicted = false;

  constructor(runtime: Runtime, { caller, args, id }: RunOptions) {
    super();
    this.runtime = runtime;
    this.caller = caller;
    this.depth = caller === null ? 0 : caller.run.depth + 1;
    this.args = args;
    this.#newId = id ?? null;
    this.tree = caller === null ? new ActivityTree(this.asRun()) : caller.run.tree;
  }

  /** This very object, as a run of its kind. */
  protected abstract asRun(): Run;

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

  identify(id: string): void {
    this.#id = id;
  }

  joinExecution(execution: Execution | null): void {
    this.execution = execution;
  }

  findInCache(key: string | null): void {
    this.cacheHit = key;
  }

  locate(at: CallPosition): void {
    this.at = at;
  }

  locateInMap(at: CallPosition, element: number): void {
    this.at = at;
    this.element = element;
  }

  lookAgain(looking: Promise<void> | null): void {
    this.looking = looking;
  }

  get name(): string {
    return this.record?.name ?? this.#name ?? this.definition.name;
  }

  get state(): State {
    return this.record?.state ?? this.#lastState;
  }

  settle(settlement: 'completed' | 'failed', value: unknown): void {
    if (this.settlement !== 'pending' || this.#isEvicted || this.runtime.halted) return;
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
    this.#onAbandon = null;
    this.endSignal();
    this.tree.unsettled -= 1;
    if (this.#idleDepth > 0) this.tree.idle -= 1;
    this.#idleDepth = 0;
    this.caller?.scope.childSettled(this.asRun());
    this.tree.changed();
    const listeners = this.#settledListeners;
    this.#settledListeners = null;
    if (listeners !== null) for (const listener of listeners) listener();
  }

  /** Shows the view of the process that runs it. */
  show(view: RunView): void {
    this.#shown = view;
    this.#id = view.id;
    this.#name = view.name;
  }

  get shown(): RunView | null {
    return this.#shown;
  }

  /** Sets the state that is shown for a run without a record. */
  showState(state: State): void {
    this.#lastState = state;
  }

  enterScope(scope: Scope): void {
    this.scope = scope;
  }

  abandon(outcome: Abandonment): void {
    this.#onAbandon?.(outcome);
  }

  onAbandon(listener: ((outcome: Abandonment) => void) | null): void {
    this.#onAbandon = listener;
  }

  waitOn(runs: readonly Run[]): () => void {
    this.waitingOn ??= new Set();
    this.waitingOn.add(runs);
    return () => void this.waitingOn?.delete(runs);
  }

  repeatLines(lines: RepeatedLines | null): void {
    this.repeated = lines;
  }

  streamInto(stream: ItemStream): void {
    this.stream = stream;
  }

  queue(): void {
    this.isQueued = true;
  }

  leaveQueue(): void {
    this.isQueued = false;
  }

  markRemote(isRemote: boolean): void {
    this.isRemote = isRemote;
  }

  markJoined(isJoined: boolean): void {
    this.isJoined = isJoined;
  }

  /** The run only waits, until `leaveIdle`. Counted, because a body may wait for several things at once. */
  enterIdle(): void {
    this.#idleDepth += 1;
    if (this.#idleDepth !== 1 || this.settlement !== 'pending') return;
    this.tree.idle += 1;
    this.tree.changed();
  }

  leaveIdle(): void {
    if (this.#idleDepth === 0) return;
    this.#idleDepth -= 1;
    if (this.#idleDepth !== 0 || this.settlement !== 'pending') return;
    this.tree.idle -= 1;
    this.tree.changed();
  }

  get isIdle(): boolean {
    return this.#idleDepth > 0;
  }

  /** Whether it was evicted: the actions of its old body have no effect. */
  get isEvicted(): boolean {
    return this.#isEvicted;
  }

  get hasNoBody(): boolean {
    return this.#isEvicted || this.isRemote;
  }

  /** Takes the run out of memory: its body is aborted, and its further actions have no effect. */
  evict(): void {
    this.#name = this.name;
    this.#id = this.id;
    this.#lastState = this.state;
    this.#isEvicted = true;
    this.#idleDepth = 0;
    this.scope?.close(EVICTED);
    void this.scope?.abandon({ continues: true });
    this.abandon({ kind: 'evicted' });
    this.abort(EVICTED);
    this.#onAbandon = null;
    this.scope = null;
    this.record = null;
    this.execution = null;
    this.waitingOn = null;
  }

  /** Starts an evicted outermost run again. */
  revive(): void {
    this.#isEvicted = false;
    this.tree.unsettled = 1;
    this.tree.idle = 0;
    this.#idleDepth = 0;
    this.clearInterruption();
  }

  /** Resolves once the run has settled. Never rejects. */
  settled(): Promise<void> {
    return new Promise((resolve) => this.onSettled(resolve));
  }

  markHandedOver(): void {
    this.isHandedOver = true;
    for (const listener of this.#handOverListeners?.splice(0) ?? []) listener();
  }

  /** Resolves once the run has settled, or an ending process has handed it over. Never rejects. */
  over(): Promise<void> {
    return new Promise((resolve) => {
      if (this.isHandedOver) resolve();
      else if (this.#handOverListeners === null) this.#handOverListeners = [resolve];
      else this.#handOverListeners.push(resolve);
      this.onSettled(resolve);
    });
  }

  /** Calls the listener once the run has settled; at once when it has. */
  onSettled(listener: () => void): void {
    if (this.settlement !== 'pending') listener();
    else if (this.#settledListeners === null) this.#settledListeners = [listener];
    else this.#settledListeners.push(listener);
  }

  offSettled(listener: () => void): void {
    this.#settledListeners = this.#settledListeners?.filter((other) => other !== listener) ?? null;
  }

  /** Resolves once the run has its final id: it was started, taken up, found ended, or refused. */
  identified(): Promise<void> {
    if (this.record !== null || this.settlement !== 'pending' || this.#isIdentified) return Promise.resolve();
    return new Promise((resolve) => {
      const before = this.#onIdentified;
      this.#onIdentified = () => {
        before?.();
        resolve();
      };
      this.onSettled(resolve);
    });
  }

  get isIdentified(): boolean {
    return this.#isIdentified;
  }

  markIdentified(): void {
    this.#isIdentified = true;
    this.#onIdentified?.();
    this.#onIdentified = null;
  }

  observe(): void {
    if (this.observed) return;
    this.observed = true;
    if (this.settlement === 'failed') observeBlamed(this.value);
    this.caller?.scope.childObserved(this.asRun());
  }
}

class TaskRunNode extends RunNode implements TaskRun {
  readonly kind = 'task';
  readonly definition: TaskDefinition;
  record: TaskRunRecord | null = null;

  constructor(runtime: Runtime, definition: TaskDefinition, options: RunOptions) {
    super(runtime, options);
    this.definition = definition;
  }

  protected asRun(): TaskRun {
    return this;
  }

  attach(record: TaskRunRecord | FlowRunRecord): void {
    if (record.kind === 'flow') throw new TypeError(`'${record.name}' is a flow run, and was to be that of a task.`);
    this.identify(record.id);
    this.record = record;
  }
}

class FlowRunNode extends RunNode implements FlowRun {
  readonly kind = 'flow';
  readonly definition: FlowDefinition;
  record: FlowRunRecord | null = null;

  constructor(runtime: Runtime, definition: FlowDefinition, options: RunOptions) {
    super(runtime, options);
    this.definition = definition;
  }

  protected asRun(): FlowRun {
    return this;
  }

  attach(record: TaskRunRecord | FlowRunRecord): void {
    if (record.kind !== 'flow') throw new TypeError(`'${record.name}' is a task run, and was to be that of a flow.`);
    this.identify(record.id);
    this.record = record;
  }
}
