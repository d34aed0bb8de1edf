/**
 * The engine of the user's module, observed by the command: every outermost run that starts, and the moment before the database is
 * closed, when records can still be read.
 */
import type { Engine } from '@millrace/engine';
import { provideRuntime } from '@millrace/engine/internal';
import { isTerminal } from '@millrace/kernel';
import { openEngine } from '@millrace/local';
import { DefinitionLoader } from './definition-loader.ts';
import type { Loaded } from './load-module.ts';

export type OutermostRun = ReturnType<Engine['start']>;

/** Whether the run was recorded: invalid parameters are refused before that. */
export function isRecorded(run: OutermostRun): boolean {
  return run.settlement !== 'failed' || isTerminal(run.state);
}

export interface SessionListener {
  /** Don't keep ended runs, for a process that serves for months. */
  readonly isForgetful?: boolean;
  /** Called when the process begins to serve these flows. */
  serving?(flows: readonly string[]): void;
  /** Called when an outermost run is submitted; it may not have started yet. */
  started(run: OutermostRun): void;
  /** Called before the engine closes: after a signal, or at the end. */
  closing(): Promise<void>;
}

export class RunSession {
  /** Outermost runs that were started in this process, in order. */
  readonly started: OutermostRun[] = [];
  readonly #engine: Engine;
  readonly #listener: SessionListener;
  #loader: DefinitionLoader | null = null;

  constructor(listener: SessionListener) {
    this.#listener = listener;
    this.#engine = this.#open();
    // Code of the module that runs after the end gets a new engine.
    provideRuntime(() => this.#loader?.runtime ?? (this.#engine.closed ? openEngine() : this.#engine));
  }

  get engine(): Engine {
    return this.#engine;
  }

  /** Loads a module for its definitions; `wasCalled` says whether it tried to run something. */
  async loadDefinitions(
    load: () => Promise<Loaded>,
  ): Promise<{ readonly loaded: Loaded; readonly wasCalled: boolean }> {
    const loader = new DefinitionLoader(this.#engine);
    this.#loader = loader;
    try {
      return { loaded: await loader.load(load()), wasCalled: loader.wasCalled };
    } finally {
      this.#loader = null;
    }
  }

  /** Executes runs of these flows until the process is stopped. */
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
      // The display reports how each run ends.
      run.observe();
      if (listener.isForgetful !== true) this.started.push(run);
      listener.started(run);
    };
    return openEngine({ engine: { onRoot, onClosing: () => listener.closing() } });
  }
}
