/**
 * Loads a module for what it defines: `resume`, `rerun` and `serve` are about runs that are there. A script also runs its flow when
 * it is loaded; those calls stay without effect, as in a worker, and who awaits one at the top level waits for good.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { Engine } from '@millrace/engine';
import { InertRuntime } from '@millrace/engine/internal';
import type { Loaded } from './load-module.ts';

/** A module that waits for its own run, and holds something open meanwhile, is given so long. */
const stalledMs = 1_000;

export class HeldBack {
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

  /** What the module's calls find while it is loaded. */
  get runtime(): InertRuntime {
    return this.#runtime;
  }

  /** The module, or what it has defined by then, once nothing is left that could let it go on. */
  async load(loading: Promise<Loaded>): Promise<Loaded> {
    const idle = Promise.withResolvers<void>();
    // Node says so when the loop is empty.
    process.once('beforeExit', idle.resolve);
    const late = this.#called.promise.then(() => wait(stalledMs, undefined, { ref: false }));
    const stalled = Promise.race([idle.promise, late]).then(() => ({ status: 'loaded', exports: {} }) as const);
    try {
      return await Promise.race([loading, stalled]);
    } finally {
      process.off('beforeExit', idle.resolve);
      // Whoever asks from now on gets the real one.
      this.#runtime.retire();
    }
  }
}
