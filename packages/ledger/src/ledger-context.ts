/** What all use cases of one ledger share. Made once by `createLedger`; nothing in it is global. */
import type { Clock } from '@millrace/kernel';
import type { Store } from '@millrace/store';
import type { HeldLeases } from './coordination/held-leases.ts';
import type { ExecutionTable } from './executions/execution-table.ts';
import type { OutcomeReader } from './executions/outcome-reader.ts';
import type { TaskDecider } from './executions/task-decider.ts';
import type { Activity } from './session/activity.ts';
import type { ClockWatch } from './session/clock-watch.ts';
import type { ProcessIdentity } from './session/process-identity.ts';
import type { Session } from './session/session.ts';

export interface LedgerContext {
  readonly store: Store;
  readonly clock: Clock;
  /** 0 <= n < 1. */
  readonly random: () => number;
  readonly ids: () => string;
  readonly session: Session;
  /** What needs the session alive. */
  readonly activity: Activity;
  readonly executions: ExecutionTable;
  readonly leases: HeldLeases;
  readonly taskDecider: TaskDecider;
  readonly outcomes: OutcomeReader;
  readonly isProcessAlive: (process: ProcessIdentity) => boolean;
  readonly clockWatch: ClockWatch;
  /** How long a run without a process is left to one that may come back, before a sweep ends it. */
  readonly orphanGraceMs: number;
}
