/** Opens, extends and ends a session, one transaction each. */
import type { SessionInit, Transaction } from '@millrace/store';
import type { HeartbeatAnswer, HeartbeatRequest, LeaseExtension } from '../journal/journal.ts';
import type { LedgerContext } from '../state/ledger-context.ts';
import { findInterrupts } from './find-interrupts.ts';

export async function openSession({ store }: LedgerContext, session: SessionInit): Promise<void> {
  await store.write(({ sessions }) => sessions.open(session));
}

export async function beatSession(context: LedgerContext, request: HeartbeatRequest): Promise<HeartbeatAnswer> {
  const { sessionId, extend, owned } = request;
  const { store } = context;
  const wasLive =
    extend === null
      ? await store.read(({ sessions }) => sessions.isLive(sessionId))
      : await store.write((transaction) => extendSession(transaction, extend));
  return { wasLive, ...(await findInterrupts(context, sessionId, owned)) };
}

/** False when its lease was over: it is opened again, with the slots that its process still uses. */
async function extendSession(transaction: Transaction, { session, slots }: LeaseExtension): Promise<boolean> {
  if (await transaction.sessions.extend(session.id, session.ttlMs)) return true;
  await transaction.sessions.close(session.id);
  await transaction.sessions.open(session);
  for (const lease of slots) await transaction.slots.hold({ ...lease, mode: 'concurrency', sessionId: session.id });
  return false;
}

export async function closeSession(
  { store }: LedgerContext,
  { sessionId, abandonsRuns }: { readonly sessionId: string; readonly abandonsRuns: boolean },
): Promise<void> {
  await store.write(async ({ flowRuns, sessions }) => {
    if (abandonsRuns) await flowRuns.letGo(sessionId);
    await sessions.close(sessionId);
  });
}
