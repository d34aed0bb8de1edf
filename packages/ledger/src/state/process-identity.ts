/**
 * The identity of a process on its machine. With it a run of a dead process is claimed at once, without waiting for the end of its lease.
 */
import type { SessionRecord } from '@millrace/store';

/** One process. Null where the system doesn't know. */
export interface ProcessIdentity {
  readonly host: string;
  /** Differs from one boot (and process namespace) of a machine to the next. */
  readonly bootId: string | null;
  readonly pid: number;
  /** Differs from one process to a later one of the same number. */
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

/** Whether they are one process, as far as their system knows. */
export function isSameProcess(one: ProcessIdentity, other: ProcessIdentity): boolean {
  return (
    one.pid === other.pid &&
    one.host === other.host &&
    one.bootId === other.bootId &&
    one.pidStartedAt === other.pidStartedAt
  );
}
