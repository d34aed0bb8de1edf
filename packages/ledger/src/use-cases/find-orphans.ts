/** Finds the runs that have lost their process. It only reads: an orphan is an observation, not a state. */
import { type FlowRunRecord, type Orphan, orphanOf, type TaskRunRecord } from '@millrace/kernel';
import type { ActingSession, LedgerContext } from '../state/ledger-context.ts';
import { processOf } from '../state/process-identity.ts';

/** Those of the runs that have lost their process, by id. */
export async function findOrphans(
  context: LedgerContext,
  session: ActingSession,
  runs: readonly (FlowRunRecord | TaskRunRecord)[],
): Promise<ReadonlyMap<string, Orphan>> {
  const { store, isProcessAlive, clockWatch, orphanGraceMs } = context;
  const ids = [...new Set(runs.flatMap(({ sessionId }) => sessionId ?? []))];
  const { sessions, served, now } = await store.read(async (transaction) => ({
    sessions: new Map((await transaction.sessions.ofIds(ids)).map((found) => [found.id, found])),
    served: new Set([...(await transaction.sessions.served()), ...session.serves]),
    now: await transaction.now(),
  }));
  // Once the time of day was set, leases can't be compared with it.
  const leasesSay = clockWatch.isSettled();
  const orphans = new Map<string, Orphan>();
  for (const run of runs) {
    if (run.sessionId === session.id) continue;
    const holder = run.sessionId === null ? undefined : sessions.get(run.sessionId);
    const isProcessDead = holder !== undefined && !isProcessAlive(processOf(holder));
    if (holder !== undefined && !isProcessDead && !leasesSay) continue;
    const facts = { expiresAt: holder?.expiresAt ?? null, isProcessDead };
    const orphan = orphanOf(run, { holder: facts, served, now, graceMs: orphanGraceMs });
    if (orphan !== null) orphans.set(run.id, orphan);
  }
  return orphans;
}
