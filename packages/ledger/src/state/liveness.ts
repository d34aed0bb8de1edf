/** Finds the holder of a run: its client, or a session that is not over, of a process that is not known to be dead. */
import { type FlowRunRecord, holderOfClientRun, type RunHolder } from '@millrace/kernel';
import type { SessionRecord, Transaction } from '@millrace/store';
import type { ClockWatch } from './clock-watch.ts';
import { type ProcessIdentity, processOf } from './process-identity.ts';

export interface LivenessProbe {
  /** False only when it is certain that the process is gone. */
  readonly isProcessAlive: (process: ProcessIdentity) => boolean;
  readonly clockWatch: Pick<ClockWatch, 'isSettled'>;
}

/** The holder of the run, as the rules see it. */
export async function holderOf(
  probe: LivenessProbe,
  transaction: Transaction,
  run: Pick<FlowRunRecord, 'sessionId' | 'state' | 'driver' | 'details'>,
): Promise<RunHolder> {
  if (run.driver === 'client') return holderOfClientRun(run.state, run.details?.infrastructurePid !== undefined);
  return (await liveSessionOf(probe, transaction, run)) === undefined ? 'none' : 'session';
}

/** The live session that holds the run; undefined = there is none. The database's clock decides. */
export async function liveSessionOf(
  probe: LivenessProbe,
  transaction: Transaction,
  run: Pick<FlowRunRecord, 'sessionId'>,
): Promise<SessionRecord | undefined> {
  if (run.sessionId === null) return undefined;
  const session = await transaction.sessions.get(run.sessionId);
  return session === undefined || (await isOver(probe, transaction, session)) ? undefined : session;
}

/** Whether the session's lease is over, or its process certainly gone. */
export async function isOver(probe: LivenessProbe, transaction: Transaction, session: SessionRecord): Promise<boolean> {
  if (session.expiresAt <= (await transaction.now()) && probe.clockWatch.isSettled()) return true;
  return !probe.isProcessAlive(processOf(session));
}
