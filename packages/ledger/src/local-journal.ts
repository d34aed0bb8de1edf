/** The journal in process: each verb is a use case over the store, and rows go to the store's queue without a copy. */
import { claimKey, putValue } from './coordination/claim-key.ts';
import { acquireSlots } from './coordination/acquire-slots.ts';
import { endCalls } from './ending/end-children.ts';
import type { Journal } from './journal/journal.ts';
import type { LedgerContext } from './state/ledger-context.ts';
import { readRecordedRows } from './state/recorded-rows.ts';
import { readTree } from './state/run-tree.ts';
import { abandonRun } from './use-cases/abandon-run.ts';
import { claimByKey } from './use-cases/claim-by-key.ts';
import { claimRun } from './use-cases/claim-run.ts';
import { handOverRun } from './use-cases/hand-over-run.ts';
import { beatSession, closeSession, openSession } from './use-cases/keep-session.ts';
import { parkRun } from './use-cases/park-run.ts';
import { readOutcomes } from './use-cases/read-outcomes.ts';
import { findSignal, takeSignal } from './use-cases/take-signal.ts';

export function localJournal(context: LedgerContext): Journal {
  const { store } = context;
  return {
    rows: store,
    session: {
      open: (session) => openSession(context, session),
      announce: ({ sessionId, serves }) => store.write(({ sessions }) => sessions.announce(sessionId, serves)),
      heartbeat: (request) => beatSession(context, request),
      close: (request) => closeSession(context, request),
    },
    claim: (request) =>
      'id' in request.run ? claimRun(context, request, request.run.id) : claimByKey(context, request, request.run.init),
    flowRun: async (id) => (await store.read(({ flowRuns }) => flowRuns.get(id))) ?? null,
    snapshot: (id) => store.read((transaction) => readRecordedRows(transaction, id)),
    tree: (id) => store.read((transaction) => readTree(transaction, id)),
    outcomes: (request) => readOutcomes(context, request),
    endCalls: (request) => endCalls(context, request),
    park: (request) => parkRun(context, request),
    abandon: (request) => abandonRun(context, request),
    handOver: (request) => handOverRun(context, request),
    signals: {
      isUntaken: ({ flowRunId, name }) => store.read(({ signals }) => signals.hasUntaken(flowRunId, [name])),
      take: (request) => takeSignal(context, request),
      find: (request) => findSignal(context, request),
    },
    slots: {
      acquire: (request) => acquireSlots(context, request),
      release: async ({ leaseId, kind }) => {
        await store.write((transaction) => transaction[kind].release(leaseId));
      },
    },
    cache: {
      get: async (key) => (await store.read(({ cache }) => cache.get(key))) ?? null,
      claim: (request) => claimKey(context, request),
      put: (request) => putValue(context, request),
      remove: (key) => store.write(({ cache }) => cache.remove(key)),
    },
    values: store.blobs,
    watch: (listener) => store.watch(listener),
  };
}
