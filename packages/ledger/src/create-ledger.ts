/** The ledger over a store: makes what all use cases share, and puts them behind the kernel's port. */
import { type Clock, ConfigurationError, type Ledger } from '@millrace/kernel';
import type { Store } from '@millrace/store';
import { createCache } from './coordination/cache.ts';
import { HeldLeases } from './holder/held-leases.ts';
import { createLimits } from './coordination/limits.ts';
import { ExecutionTable } from './holder/execution-table.ts';
import { freshFlowRun } from './state/fresh-records.ts';
import { InterruptWatch } from './holder/interrupt-watch.ts';
import { OutcomeReader } from './holder/outcome-reader.ts';
import { nothingRecorded } from './holder/recorded-children.ts';
import { RunExecution } from './holder/run-execution.ts';
import { TaskDecider } from './state/task-decider.ts';
import type { HolderContext } from './holder/holder-context.ts';
import { claim } from './holder/claim.ts';
import { createArtifacts, createVariables } from './use-cases/keep-records.ts';
import { claimByKey } from './use-cases/claim-by-key.ts';
import { claimRun } from './use-cases/claim-run.ts';
import { handOverRun } from './use-cases/hand-over-run.ts';
import { createRuns } from './runs.ts';
import { Sweeper } from './use-cases/sweep-runs.ts';
import { Activity } from './session/activity.ts';
import { ClockWatch } from './state/clock-watch.ts';
import type { Heartbeat } from './session/heartbeat.ts';
import type { ProcessIdentity } from './state/process-identity.ts';
import { Session } from './session/session.ts';

/** What a ledger needs of the world. */
export interface LedgerOptions {
  /** Whoever opened it closes it. */
  readonly store: Store;
  /** Decides nothing that other processes see: leases and due times are the database's. */
  readonly clock: Clock;
  /** Milliseconds since some instant, by a clock that nobody can set: tells when the time of day was (default: it is believed). */
  readonly monotonic?: () => number;
  /** 0 <= n < 1. */
  readonly random: () => number;
  /** Ids that grow in the order they are asked for (UUIDv7). */
  readonly ids: () => string;
  /** This process, as others may check on it. */
  readonly process: ProcessIdentity;
  /** False only when it is certain that the process is gone; default: never certain. */
  readonly isProcessAlive?: (process: ProcessIdentity) => boolean;
  /** Extends the session's lease; default: a timer of the clock's, which a busy event loop delays. */
  readonly heartbeat?: Heartbeat;
  /** How long this process holds its runs without a sign of life, in milliseconds (default 15,000). */
  readonly leaseMs?: number;
  /** How often it gives one, in milliseconds (default 5,000). */
  readonly heartbeatMs?: number;
  /** How often it looks for cancellations of its runs where the store gives no hint, in milliseconds (default 1,000). */
  readonly pollMs?: number;
  /** How long after the end of its lease a run is left to a process that may come back, in milliseconds (default 600,000). */
  readonly orphanGraceMs?: number;
}

const leaseDefaultMs = 15_000;
const heartbeatDefaultMs = 5_000;
const pollDefaultMs = 1_000;
const orphanGraceDefaultMs = 600_000;
/** A run that a sweep ended longer ago is not taken up by itself any more: its time may be long over. */
const lostWithinMs = 7 * 24 * 60 * 60 * 1_000;

/**
 * A ledger over a store, for one process. It opens its session with the first write.
 *
 * @param options the store and what the ledger needs of the world.
 * @returns the ledger; its `close` ends the session and leaves the store open.
 * @example
 * const ledger = createLedger({ store, clock, random: Math.random, ids, process: { host: 'a', bootId: null, pid: 1, pidStartedAt: null } });
 */
export function createLedger(options: LedgerOptions): Ledger {
  const activity = new Activity();
  const context = contextOf(options, activity);
  const { store, clock, session, owned } = context;
  const watch = new InterruptWatch({
    store,
    clock,
    session,
    executions: owned,
    activity,
    pollMs: options.pollMs ?? pollDefaultMs,
  });
  session.onReopening((transaction) => context.leases.takeAgain(transaction, session.id));
  const sweeper = new Sweeper(context);
  return {
    runs: createRuns(context, () => watch.hint()),
    limits: createLimits(context),
    cache: createCache(context),
    artifacts: createArtifacts(store),
    variables: createVariables(store),
    blobs: store.blobs,

    beginFlowRun(init) {
      if (init.idempotencyKey !== null) throw keyedBegin(init.flowName);
      session.ensure();
      const execution = new RunExecution(context, freshFlowRun(init, clock.now(), session.id), nothingRecorded);
      execution.insert(init.parentToken ?? null);
      return execution;
    },
    beginStandalone: () => new RunExecution(context, null, nothingRecorded),
    claimByKey: (init) => claim(context, (reservation) => claimByKey(context, init, reservation)),
    claimById: (flowRunId, move) =>
      claim(context, (reservation) => claimRun(context, flowRunId, { move, reservation })),
    handOver: (flowRunId, how) => handOverRun(context, flowRunId, how),
    claimable: (flowNames, limit, { lost = false } = {}) =>
      store.read((transaction) =>
        transaction.flowRuns.claimable({ flowNames, limit, ...(lost ? { lostWithinMs } : {}) }),
      ),
    announce: (flowNames) => session.announce(flowNames),
    sweep: (sweeping) => sweeper.sweep(sweeping),
    watch: (listener) => store.watch(listener),
    flush: () => store.flush(),
    rest: () => session.rest(),
    async close() {
      watch.close();
      await store.flush();
      context.leases.close();
      await session.close();
    },
  };
}

/** Whether a key is taken is known at a commit only, and what is begun has been shown by then. */
function keyedBegin(flowName: string): ConfigurationError {
  return new ConfigurationError(`A run of '${flowName}' with an idempotency key is made by claimByKey.`, { flowName });
}

function contextOf(options: LedgerOptions, activity: Activity): HolderContext {
  const { store, clock, random, ids, process, heartbeat } = options;
  const { leaseMs = leaseDefaultMs, heartbeatMs = heartbeatDefaultMs, isProcessAlive = () => true } = options;
  return {
    store,
    clock,
    random,
    ids,
    session: new Session({ store, clock, ids, process, leaseMs, heartbeatMs, heartbeat, activity }),
    activity,
    owned: new ExecutionTable(activity),
    leases: new HeldLeases({ store, clock, activity }),
    taskDecider: new TaskDecider(() => clock.now(), random),
    outcomes: new OutcomeReader(store),
    isProcessAlive,
    clockWatch: new ClockWatch({ clock, monotonic: options.monotonic, leaseMs }),
    orphanGraceMs: options.orphanGraceMs ?? orphanGraceDefaultMs,
  };
}
