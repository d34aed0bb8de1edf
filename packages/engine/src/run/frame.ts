/**
 * A frame: what a piece of running user code belongs to. It travels in an AsyncLocalStorage, so that a call finds its run,
 * its scope and its transaction without being handed them.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { OccurrenceCounter } from '@millrace/kernel';
import type { Engine } from '../engine.ts';
import type { TransactionScope } from '../transactions/transaction-scope.ts';
import type { PlacePool } from '../runners/run-place.ts';
import type { Run } from './run.ts';
import type { Scope } from './scope.ts';

export interface Frame {
  readonly engine: Engine;
  readonly run: Run;
  readonly scope: Scope;
  /** The nearest flow run's frame; null = a task outside any flow. */
  readonly flow: FlowFrame | null;
  /** Tells the children of one body from those of another: '' for a flow, task run and attempt for a task. */
  readonly childScope: string;
  readonly occurrences: OccurrenceCounter;
  readonly tags: readonly string[];
  readonly logPrints: boolean;
  readonly transaction: TransactionScope | null;
  /** Gives this body's place back while it waits; null = it holds none. */
  readonly place: PlaceHolder | null;
}

/** What all bodies of one flow run share. */
export interface FlowFrame {
  readonly run: Run;
  readonly places: PlacePool;
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** See runners/places.ts. */
export interface PlaceHolder {
  /** Called when the body begins to wait for something of the engine's. */
  suspend(): void;
  /** Called when a wait is over; resolves when the body may go on. */
  resume(): Promise<void> | undefined;
}

const storage = new AsyncLocalStorage<Frame>();

export function currentFrame(): Frame | undefined {
  return storage.getStore();
}

export function runInFrame<T>(frame: Frame, body: () => T): T {
  return storage.run(frame, body);
}

/** Runs engine work outside of any user frame, so that a long-lived promise doesn't pin one. */
export function runOutside<T>(body: () => T): T {
  return storage.exit(body);
}
