/** What the parts of the process that owns runs share, beside what the use cases need. */
import type { Activity } from '../session/activity.ts';
import type { Session } from '../session/session.ts';
import type { LedgerContext } from '../state/ledger-context.ts';
import type { ExecutionTable } from './execution-table.ts';
import type { HeldLeases } from './held-leases.ts';
import type { OutcomeReader } from './outcome-reader.ts';

export interface HolderContext extends LedgerContext {
  readonly session: Session;
  readonly owned: ExecutionTable;
  readonly leases: HeldLeases;
  /** What needs the session alive. */
  readonly activity: Activity;
  readonly outcomes: OutcomeReader;
}
