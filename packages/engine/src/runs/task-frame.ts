/** The frame of one attempt of a task's body. Most bodies start nothing, so its scope and its counters are made at their first use. */
import type { FlowFrame, Frame, Permit, Run, Runtime, Scope, TransactionScope } from './model.ts';
import { BodyCalls } from './body-calls.ts';
import { ChildScope } from './scope.ts';

export class TaskFrame implements Frame {
  readonly run: Run;
  readonly scope: Scope = new ChildScope();
  readonly permit: Permit | null;
  readonly tags: readonly string[];
  // Stored, because tasks within tasks may be a thousand deep, and a look-up through all callers would be slow.
  readonly flow: FlowFrame | null;
  readonly transaction: TransactionScope | null;
  readonly logPrints: boolean;
  /** The attempt has ended: the value of an abandoned body is not used. */
  isOver = false;
  /** The lease of the cache key that the body computes; null = none. */
  cacheLease: string | null = null;
  /** The cache key under which the value is stored once the task is sure to complete; null = none. */
  cachesUnder: string | null = null;
  /** Called when an isolated body starts: its worker is there and its module loaded. */
  onBegin: () => void = () => {};
  #calls: BodyCalls | null = null;

  constructor(run: Run, options: { readonly permit: Permit | null; readonly tags: readonly string[] }) {
    this.run = run;
    this.permit = options.permit;
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
  /** Contains the attempt, because a retry starts its children afresh. A crash recovery keeps the attempt. */
  get childScope(): string {
    return `${this.run.id}#${this.run.record?.runCount ?? 1}`;
  }
  get calls(): BodyCalls {
    this.#calls ??= new BodyCalls();
    return this.#calls;
  }
}
