/**
 * The runtime while a module is only loaded for its definitions, as in a worker or for `resume`. Its calls start nothing and never settle,
 * so a module that awaits its own flow at the top level stays there.
 */
import type { Ledger } from '@millrace/kernel';
import type { Definition } from '../definitions/definition.ts';
import type { Run, Runtime } from '../runs/model.ts';
import { createRun } from '../runs/run.ts';
import { RuntimeParts } from '../runs/runtime-parts.ts';
import type { BlockCall, Machine, RequestCall, EngineSettings, StartOptions, WaitCall } from '../runs/runtime.ts';

/** The parts of the runtime that still work. */
export interface InertOptions extends Partial<Machine>, Partial<EngineSettings> {
  /** Opens the ledger that the module reads from at its top level; default: it never opens. */
  readonly openLedger?: () => Promise<Ledger>;
  /** The module called a flow or a task, or `serve`. */
  readonly onCall?: () => void;
}

const nothing: Machine = {
  clock: { now: () => 0, setTimer: () => ({ cancel: () => {} }) },
  random: () => 0,
  ids: () => '',
  digest: (text) => text,
  print: () => {},
};

/** See the head of this file. */
export class InertRuntime extends RuntimeParts implements Runtime {
  readonly engine = null;
  readonly halted = true;
  #isClosed = false;
  readonly #openLedger: () => Promise<Ledger>;
  #ledger: Ledger | null = null;
  readonly #onCall: () => void;

  constructor(options: InertOptions = {}) {
    super({ ...nothing, logLevel: Number.POSITIVE_INFINITY, ...options });
    this.#openLedger = options.openLedger ?? (() => never());
    this.#onCall = options.onCall ?? (() => {});
  }

  get closed(): boolean {
    return this.#isClosed;
  }

  /** The next call outside any run gets another runtime. */
  retire(): void {
    this.#isClosed = true;
  }

  async ledger(): Promise<Ledger> {
    this.#ledger = await this.#openLedger();
    return this.#ledger;
  }

  get opened(): Ledger {
    if (this.#ledger === null) throw new Error('The ledger is not open yet.');
    return this.#ledger;
  }

  start(definition: Definition, args: readonly unknown[]): Run {
    this.#onCall();
    return createRun(this, definition, { caller: null, args });
  }

  startAll(_runs: readonly Run[], _options: StartOptions): void {
    this.#onCall();
  }

  startFailed(): void {
    this.#onCall();
  }

  startWait(_frame: unknown, { name }: WaitCall<Run>): Run {
    throw outsideOfRuns(name);
  }

  block<T>(_frame: unknown, { name }: BlockCall<T>): Promise<Awaited<T>> {
    throw outsideOfRuns(name);
  }

  request<T>(_frame: unknown, { name }: RequestCall<T>): Promise<T> {
    throw outsideOfRuns(name);
  }

  wait(): Promise<void> {
    return never();
  }

  cancel(): void {}

  log(): void {}

  serve(): Promise<void> {
    this.#onCall();
    return never();
  }
}

function never<T>(): Promise<T> {
  return new Promise(() => {});
}

/** Nothing runs here, so no code is in a frame of this runtime. */
function outsideOfRuns(name: string): Error {
  return new Error(`${name} was called in a frame of a runtime that runs nothing.`);
}
