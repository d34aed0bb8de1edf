/**
 * The engine that the user's module finds, and what the command sees of it: every outermost run that begins, and the moment before the
 * database is closed, when the last word can still be read.
 */
import type { Engine } from '@millrace/engine';
import { provideRuntime } from '@millrace/engine/internal';
import { isTerminal } from '@millrace/kernel';
import { openEngine } from '@millrace/local';
import { HeldBack } from './held-back.ts';
import type { Loaded } from './load-module.ts';

export type OutermostRun = ReturnType<Engine['start']>;

/** Whether the run got as far as to be recorded: parameters can be refused before. */
export function isRecorded(run: OutermostRun): boolean {
  return run.settlement !== 'failed' || isTerminal(run.state);
}

export interface SessionListener {
  /** Runs that have ended are of no more interest: for a process that serves for months. */
  readonly isForgetful?: boolean;
  /** The process serves these flows now. */
  serving?(flows: readonly string[]): void;
  /** An outermost run was started; it may not have begun yet. */
  started(run: OutermostRun): void;
  /** The engine is about to close: after a signal, or at the end. */
  closing(): Promise<void>;
}

export class RunSession {
  /** Outermost runs that were started in this process, in order. */
  readonly started: OutermostRun[] = [];
  readonly #engine: Engine;
  readonly #listener: SessionListener;
  #heldBack: HeldBack | null = null;

  constructor(listener: SessionListener) {
    this.#listener = listener;
    this.#engine = this.#open();
    // What the module runs after the end still finds an engine.
    provideRuntime(() => this.#heldBack?.runtime ?? (this.#engine.closed ? openEngine() : this.#engine));
  }

  get engine(): Engine {
    return this.#engine;
  }

  /** Waits for a module that is loaded for what it defines; answers whether it would have run something by itself. */
  async holdBack(load: () => Promise<Loaded>): Promise<{ readonly loaded: Loaded; readonly wasCalled: boolean }> {
    const heldBack = new HeldBack(this.#engine);
    this.#heldBack = heldBack;
    try {
      return { loaded: await heldBack.load(load()), wasCalled: heldBack.wasCalled };
    } finally {
      this.#heldBack = null;
    }
  }

  /** Takes up runs of these flows until the process is told to stop. */
  async serve(flows: readonly string[], options: { readonly limit?: number }): Promise<void> {
    this.#listener.serving?.(flows);
    await this.#engine.serve(flows, options);
  }

  /** Waits until no outermost run is under way. */
  async idle(): Promise<void> {
    while (this.#engine.roots.size > 0) await Promise.all([...this.#engine.roots].map((run) => run.settled()));
  }

  async close(): Promise<void> {
    await this.#engine.close();
  }

  #open(): Engine {
    const listener = this.#listener;
    const onRoot = (run: OutermostRun): void => {
      // The display tells how each ends.
      run.observe();
      if (listener.isForgetful !== true) this.started.push(run);
      listener.started(run);
    };
    return openEngine({ engine: { onRoot, onClosing: () => listener.closing() } });
  }
}
