/** Who a process is among others, as far as its system tells. Claims use it: a dead process's run need not wait for its lease. */
import type { SessionRecord } from '@millrace/store';

/** One process. Null where the system doesn't say. */
export interface ProcessIdentity {
  readonly host: string;
  /** Tells one boot (and process namespace) of a machine from the next. */
  readonly bootId: string | null;
  readonly pid: number;
  /** Tells a process from a later one of the same number. */
  readonly pidStartedAt: number | null;
}

/** The process that opened a session. */
export function processOf(session: SessionRecord): ProcessIdentity {
  return {
    host: session.host,
    bootId: session.bootId === '' ? null : session.bootId,
    pid: session.pid,
    pidStartedAt: session.pidStartedAt === '' ? null : Number(session.pidStartedAt),
  };
}

/** Whether they are one process, as far as their system tells. */
export function isSameProcess(one: ProcessIdentity, other: ProcessIdentity): boolean {
  return (
    one.pid === other.pid &&
    one.host === other.host &&
    one.bootId === other.bootId &&
    one.pidStartedAt === other.pidStartedAt
  );
}
