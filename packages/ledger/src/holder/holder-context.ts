/** The parts that the files of this folder share. They reach the records through the journal only. */
import type { Clock } from '@millrace/kernel';
import type { Journal } from '../journal/journal.ts';
import type { Activity } from '../session/activity.ts';
import type { Session } from '../session/session.ts';
import type { TaskDecider } from '../state/task-decider.ts';
import type { ExecutionTable } from './execution-table.ts';
import type { HeldLeases } from './held-leases.ts';
import type { OutcomeReader } from './outcome-reader.ts';

export interface HolderContext {
  readonly journal: Journal;
  readonly clock: Clock;
  /** 0 <= n < 1. */
  readonly random: () => number;
  readonly ids: () => string;
  readonly session: Session;
  /** Everything that needs the session alive. */
  readonly activity: Activity;
  readonly owned: ExecutionTable;
  readonly leases: HeldLeases;
  readonly taskDecider: TaskDecider;
  readonly outcomes: OutcomeReader;
}
