/** The parts that all use cases share. `createLedger` makes them once; none is global, and none belongs to one session. */
import type { Clock } from '@millrace/kernel';
import type { Store } from '@millrace/store';
import type { ClockWatch } from './clock-watch.ts';
import type { ProcessIdentity } from './process-identity.ts';
import type { TaskDecider } from './task-decider.ts';

export interface LedgerContext {
  readonly store: Store;
  readonly clock: Clock;
  /** 0 <= n < 1. */
  readonly random: () => number;
  readonly ids: () => string;
  readonly taskDecider: TaskDecider;
  /** False only when it is certain that the process is gone. */
  readonly isProcessAlive: (process: ProcessIdentity) => boolean;
  readonly clockWatch: ClockWatch;
  /** How long a run without a process is left to one that may come back, before a sweep ends it. */
  readonly orphanGraceMs: number;
}

/** The session in whose name a use case acts. */
export interface ActingSession {
  readonly id: string;
  /** The flows that its process can run. */
  readonly serves: readonly string[];
}
