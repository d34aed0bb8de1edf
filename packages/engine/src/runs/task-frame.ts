/**
 * The frame of one attempt at a task's body. Most bodies start nothing, so scope and counters are made when first used.
 */
import type { FlowFrame, Frame, PlaceHolder, Run, Runtime, Scope, TransactionScope } from './model.ts';
import { BodyCalls } from './body-calls.ts';
import { ChildScope } from './scope.ts';

export class TaskFrame implements Frame {
  readonly run: Run;
  readonly scope: Scope = new ChildScope();
  readonly place: PlaceHolder | null;
  readonly tags: readonly string[];
  // Not looked up through the callers each time: tasks within tasks may be a thousand deep.
  readonly flow: FlowFrame | null;
  readonly transaction: TransactionScope | null;
  readonly logPrints: boolean;
  /** The attempt has ended: a body that was left behind computes for nobody. */
  isOver = false;
  /** Of the cache key that the body computes; null = it computes none. */
  cacheLease: string | null = null;
  /** The cache key that its value goes under once its task is sure to complete; null = under none. */
  cachesUnder: string | null = null;
  /** Told when an isolated body begins: its worker is there, its module loaded. */
  onBegin: () => void = () => {};
  #calls: BodyCalls | null = null;

  constructor(run: Run, options: { readonly place: PlaceHolder | null; readonly tags: readonly string[] }) {
    this.run = run;
    this.place = options.place;
    this.tags = options.tags;
    this.flow = run.caller?.flow ?? null;
    this.transaction = run.caller?.transaction ?? null;
    this.logPrints = run.definition.logPrints ?? run.caller?.logPrints ?? false;
  }

  startOnBegin(start: () => void): void {
    this.onBegin = start;
  }

  get runtime(): Runtime {
    return this.run.runtime;
  }
  /** A retry starts its children afresh: the attempt is part of their keys. A crash recovery keeps the attempt. */
  get childScope(): string {
    return `${this.run.id}#${this.run.record?.runCount ?? 1}`;
  }
  get calls(): BodyCalls {
    this.#calls ??= new BodyCalls();
    return this.#calls;
  }
}
