/**
 * One simulated process of a test engine: an engine and a ledger of its own over the shared store. Like a real process it dies at once,
 * with all its memory.
 */
import { Engine } from '@millrace/engine';
import type { Body, Definition, Run, TaskDefinition } from '@millrace/engine/internal';
import { type Clock, createIdSource, type TaskRunRecord } from '@millrace/kernel';
import { createLedger } from '@millrace/ledger';
import type { Store } from '@millrace/store';
import { digest, randomBytes } from '../adapters/machine.ts';
import { MortalStore } from './mortal-store.ts';

/** Longer than any test's virtual time, because a simulated process dies by `crash()` and not by its lease. */
const LEASE_MS = 100 * 365 * 86_400_000;

export interface ProcessOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: () => number;
  readonly pid: number;
  readonly isProcessAlive: (process: { readonly pid: number }) => boolean;
  readonly bodyOf: (definition: TaskDefinition) => Body;
  /** The id of the recorded run that an outermost call continues instead of starting a new one. */
  readonly takesUp: (definition: Definition) => string | undefined;
  /** Called for each outermost run. */
  readonly onOutermost: (run: Run) => void;
  readonly onTaskRun: (record: TaskRunRecord) => void;
  readonly onWrite: () => void;
}

export class SimulatedProcess {
  readonly engine: Engine;
  readonly store: MortalStore;

  constructor(options: ProcessOptions) {
    const { clock, random } = options;
    this.store = new MortalStore(options.store, { taskRunWritten: options.onTaskRun, written: options.onWrite });
    const ids = createIdSource({ now: () => clock.now(), randomBytes });
    this.engine = new Engine({
      openLedger: async () =>
        createLedger({
          store: this.store,
          clock,
          random,
          ids,
          process: { host: 'test', bootId: 'test', pid: options.pid, pidStartedAt: 0 },
          isProcessAlive: options.isProcessAlive,
          heartbeat: { start: () => ({ stop: async () => {} }) },
          leaseMs: LEASE_MS,
          heartbeatMs: LEASE_MS / 4,
          pollMs: Number.POSITIVE_INFINITY,
        }),
      clock,
      random,
      ids,
      digest,
      print: () => {},
      bodyOf: options.bodyOf,
      takesUp: options.takesUp,
      onRoot: options.onOutermost,
      pollMs: Number.POSITIVE_INFINITY,
    });
  }

  /** Stops the process: it makes no further call and answers none. */
  die(): void {
    this.store.die();
    this.engine.halt();
  }
}
