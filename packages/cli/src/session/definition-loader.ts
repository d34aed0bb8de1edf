/**
 * Loads a module for its definitions, for `resume`, `rerun` and `serve`. A script may also run its flow when it is loaded: such calls have
 * no effect, as in a worker, and a top-level await of one never ends.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { Engine } from '@millrace/engine';
import { InertRuntime } from '@millrace/engine/internal';
import type { Loaded } from './load-module.ts';

/** The time given to a module that awaits its own run and keeps the process alive. */
const stalledMs = 1_000;

export class DefinitionLoader {
  readonly #runtime: InertRuntime;
  readonly #called = Promise.withResolvers<void>();
  /** Whether the module called a flow or a task at its top level. */
  wasCalled = false;

  /** @param real the engine whose database the module may read */
  constructor(real: Engine) {
    const { clock, random, ids, digest, print } = real;
    this.#runtime = new InertRuntime({
      ...{ clock, random, ids, digest, print },
      openLedger: () => real.ledger(),
      onCall: () => {
        this.wasCalled = true;
        this.#called.resolve();
      },
    });
  }

  /** The runtime of the module's calls while it is loaded. */
  get runtime(): InertRuntime {
    return this.#runtime;
  }

  /** Resolves to the module, or without exports once the module can make no progress: its definitions count all the same. */
  async load(loading: Promise<Loaded>): Promise<Loaded> {
    const idle = Promise.withResolvers<void>();
    // Node emits beforeExit when the event loop is empty.
    process.once('beforeExit', idle.resolve);
    const late = this.#called.promise.then(() => wait(stalledMs, undefined, { ref: false }));
    const stalled = Promise.race([idle.promise, late]).then(() => ({ status: 'loaded', exports: {} }) as const);
    try {
      return await Promise.race([loading, stalled]);
    } finally {
      process.off('beforeExit', idle.resolve);
      // Later calls use the real engine.
      this.#runtime.retire();
    }
  }
}
