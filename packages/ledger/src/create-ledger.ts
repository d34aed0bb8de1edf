/** Composes a ledger: the use cases over a store, and the parts of a process that owns runs over the journal between them. */
import { type Clock, ConfigurationError, type Ledger } from '@millrace/kernel';
import type { Store } from '@millrace/store';
import { createLimits } from './coordination/manage-limits.ts';
import { Claims } from './holder/claims.ts';
import { ExecutionTable } from './holder/execution-table.ts';
import { HeldLeases } from './holder/held-leases.ts';
import type { HolderContext } from './holder/holder-context.ts';
import { InterruptWatch } from './holder/interrupt-watch.ts';
import { createCache } from './holder/leased-cache.ts';
import { acquireLeased } from './holder/leased-slots.ts';
import { OutcomeReader } from './holder/outcome-reader.ts';
import { nothingRecorded } from './holder/recorded-runs.ts';
import { RunExecution } from './holder/run-execution.ts';
import type { Journal } from './journal/journal.ts';
import { localJournal } from './local-journal.ts';
import { createRuns } from './runs.ts';
import { Activity } from './session/activity.ts';
import type { Heartbeat } from './session/heartbeat.ts';
import { Session } from './session/session.ts';
import { ClockWatch } from './state/clock-watch.ts';
import { freshFlowRun } from './state/fresh-records.ts';
import type { LedgerContext } from './state/ledger-context.ts';
import { isSameProcess, type ProcessIdentity } from './state/process-identity.ts';
import { TaskDecider } from './state/task-decider.ts';
import { createArtifacts, createVariables } from './use-cases/keep-records.ts';
import { Sweeper } from './use-cases/sweep-runs.ts';

/** A ledger's store, clock and process. */
export interface LedgerOptions {
  /** It stays open when the ledger is closed. */
  readonly store: Store;
  /** Leases and due times go by the database's clock, not by this one. */
  readonly clock: Clock;
  /** Milliseconds by a clock that can't be set, which shows when the time of day was set (default: it never is). */
  readonly monotonic?: () => number;
  /** 0 <= n < 1. */
  readonly random: () => number;
  /** Makes ids that grow (UUIDv7). */
  readonly ids: () => string;
  /** The identity by which other processes check whether this one lives. */
  readonly process: ProcessIdentity;
  /** False only when it is certain that the process is gone; default: never certain. */
  readonly isProcessAlive?: (process: ProcessIdentity) => boolean;
  /** Extends the session's lease; default: a timer of the clock's, which a busy event loop delays. */
  readonly heartbeat?: Heartbeat;
  /** How long the session lasts after a heartbeat, in milliseconds (default 15,000). */
  readonly leaseMs?: number;
  /** The interval of heartbeats, in milliseconds (default 5,000). */
  readonly heartbeatMs?: number;
  /** The interval of looks for cancellations of owned runs, in case a notification is missed, in milliseconds (default 1,000). */
  readonly pollMs?: number;
  /** How long after the end of its lease a run is left to a process that may come back, in milliseconds (default 600,000). */
  readonly orphanGraceMs?: number;
}

const leaseDefaultMs = 15_000;
const heartbeatDefaultMs = 5_000;
const pollDefaultMs = 1_000;
const orphanGraceDefaultMs = 600_000;
/** A run that a sweep ended longer ago is not taken up without a request, because it may no longer be wanted. */
const lostWithinMs = 7 * 24 * 60 * 60 * 1_000;

/**
 * A ledger over a store, for one process. It opens its session with the first write.
 *
 * @param options the store, clock, randomness and process.
 * @returns the ledger; its `close` ends the session and leaves the store open.
 * @example
 * const ledger = createLedger({ store, clock, random: Math.random, ids, process: { host: 'a', bootId: null, pid: 1, pidStartedAt: null } });
 */
export function createLedger(options: LedgerOptions): Ledger {
  const context = contextOf(options);
  return ledgerOver(options, { context, journal: localJournal(context) });
}

/** The two sides of a ledger. */
export interface LedgerParts {
  /** For the use cases from outside any session. */
  readonly context: LedgerContext;
  /** For the runs that this process owns. */
  readonly journal: Journal;
}

/** As createLedger, over a journal that need not be in process. */
export function ledgerOver(options: LedgerOptions, { context, journal }: LedgerParts): Ledger {
  const holder = holderOver(options, journal);
  const { clock, session, owned, leases, outcomes, activity } = holder;
  const { store } = context;
  const { watch: watchCommits, session: verbs } = journal;
  const { pollMs = pollDefaultMs } = options;
  const watch = new InterruptWatch({ verbs, watch: watchCommits, clock, session, executions: owned, activity, pollMs });
  const claims = new Claims(holder);
  const sweeper = new Sweeper(context, session);
  return {
    runs: createRuns(context, { session, outcomes, onChange: () => watch.notify() }),
    limits: {
      ...createLimits(context),
      acquire: (request) => acquireLeased(holder, request),
      release: (leaseId) => leases.giveBack(leaseId),
    },
    cache: createCache(holder),
    artifacts: createArtifacts(store),
    variables: createVariables(store),
    blobs: journal.values,

    beginFlowRun(init) {
      if (init.idempotencyKey !== null) throw keyedBegin(init.flowName);
      session.ensure();
      const execution = new RunExecution(holder, freshFlowRun(init, clock.now(), session.id), nothingRecorded);
      execution.insert(init.parentToken ?? null);
      return execution;
    },
    beginStandalone: () => new RunExecution(holder, null, nothingRecorded),
    claimByKey: (init) => claims.claim({ run: { init } }),
    claimById: (id, move) => claims.claim({ run: { id }, ...(move === undefined ? {} : { move }) }),
    handOver: (flowRunId, how) => journal.handOver({ ...how, flowRunId, sessionId: session.id }),
    claimable: (flowNames, limit, { lost = false } = {}) =>
      store.read((transaction) =>
        transaction.flowRuns.claimable({ flowNames, limit, ...(lost ? { lostWithinMs } : {}) }),
      ),
    announce: (flowNames) => session.announce(flowNames),
    sweep: (sweeping) => sweeper.sweep(sweeping),
    watch: watchCommits,
    flush: () => journal.rows.flush(),
    rest: () => session.rest(),
    async close() {
      watch.close();
      await journal.rows.flush();
      leases.close();
      await session.close();
    },
  };
}

/** Only a commit shows whether a key is taken, and a run that was started is visible before that. */
function keyedBegin(flowName: string): ConfigurationError {
  return new ConfigurationError(`A run of '${flowName}' with an idempotency key is made by claimByKey.`, { flowName });
}

/** The context of the use cases. */
export function contextOf(options: LedgerOptions): LedgerContext {
  const { store, clock, random, ids, process, isProcessAlive = () => true } = options;
  const { leaseMs = leaseDefaultMs, orphanGraceMs = orphanGraceDefaultMs } = options;
  return {
    store,
    clock,
    random,
    ids,
    taskDecider: new TaskDecider(() => clock.now(), random),
    isProcessAlive: (other) => isSameProcess(other, process) || isProcessAlive(other),
    clockWatch: new ClockWatch({ clock, monotonic: options.monotonic, leaseMs }),
    orphanGraceMs,
  };
}

function holderOver(options: LedgerOptions, journal: Journal): HolderContext {
  const { clock, random, ids, process, heartbeat } = options;
  const { leaseMs = leaseDefaultMs, heartbeatMs = heartbeatDefaultMs } = options;
  const activity = new Activity();
  const verbs = journal.session;
  const session = new Session({ verbs, clock, ids, process, leaseMs, heartbeatMs, heartbeat, activity });
  const leases = new HeldLeases({ verbs: journal.slots, clock, activity });
  session.keepSlots(() => leases.slots());
  return {
    journal,
    clock,
    random,
    ids,
    session,
    activity,
    owned: new ExecutionTable(activity),
    leases,
    taskDecider: new TaskDecider(() => clock.now(), random),
    outcomes: new OutcomeReader(journal),
  };
}
