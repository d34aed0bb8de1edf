/**
 * Cleans up after dead processes: ends their sessions (which frees slots and cache claims), and ends the runs that have had no process for
 * longer than the grace and whose flow no process serves. Only a process that serves, or a person, sweeps. Every step locks the rows that
 * it changes, so any number of processes may sweep at once.
 */
import {
  crashed,
  cancelled,
  failed,
  type FlowRunRecord,
  isTerminal,
  isTerminalType,
  type Proposal,
  StateType,
  type Sweep,
  type SweepOptions,
} from '@millrace/kernel';
import type { Transaction } from '@millrace/store';
import { retryOnConflict } from '../state/retry-on-conflict.ts';
import type { ActingSession, LedgerContext } from '../state/ledger-context.ts';
import { liveSessionOf, isOver } from '../state/liveness.ts';
import { processOf } from '../state/process-identity.ts';
import { applyProposal } from './propose-state.ts';

/** Sessions and runs looked at in one sweep. */
const pageSize = 100;
const slotsEveryMs = 60_000;
const spentSlotsMax = 10_000;

/** Keeps its position among the paused runs: one page a sweep, so that many of them cost little. */
export class Sweeper {
  readonly #context: LedgerContext;
  #pausedAfter: string | undefined;
  #slotsDueAt = 0;

  readonly #session: ActingSession;

  constructor(context: LedgerContext, session: ActingSession) {
    this.#context = context;
    this.#session = session;
  }

  async sweep({ olderThanMs: graceMs = this.#context.orphanGraceMs }: SweepOptions = {}): Promise<Sweep> {
    const { store } = this.#context;
    const session = this.#session;
    await this.#endDeadSessions();
    await this.#dropOldSlots();
    const { orphans, served } = await store.read(async (transaction) => {
      // This process serves its flows even if it slept past its lease, so that other processes do not see it.
      const flows = [...new Set([...(await transaction.sessions.served()), ...session.serves])];
      return {
        orphans: await transaction.flowRuns.abandoned({ served: flows, graceMs, limit: pageSize }),
        served: new Set(flows),
      };
    });
    const crashed: string[] = [];
    const cancelledRuns: string[] = [];
    for (const { id } of orphans) {
      const end = await this.#endOrphan(id, { served, graceMs });
      if (end === StateType.Crashed) crashed.push(id);
      if (end === StateType.Cancelled) cancelledRuns.push(id);
    }
    const crashedTaskRuns = await this.#endOrphanedTasks(graceMs);
    return { crashed, cancelled: cancelledRuns, failed: await this.#endLatePauses(served), crashedTaskRuns };
  }

  /** Decayed slots do no harm, so this is rare: a commit notifies every process. */
  async #dropOldSlots(): Promise<void> {
    const { store, clock } = this.#context;
    if (clock.now() < this.#slotsDueAt) return;
    this.#slotsDueAt = clock.now() + slotsEveryMs;
    await store.write((transaction) => transaction.slots.sweep(spentSlotsMax));
  }

  /** The slots and claims of a dead session are free at once. Its row stays while a run names it: it says since when the run has no process. */
  async #endDeadSessions(): Promise<void> {
    const { store, isProcessAlive } = this.#context;
    const { spent, dead } = await store.read(async ({ sessions }) => ({
      spent: await sessions.spent(pageSize),
      dead: (await sessions.live({ limit: 1_000 })).filter((other) => !isProcessAlive(processOf(other))),
    }));
    for (const { id } of [...spent, ...dead]) {
      if (id === this.#session.id) continue;
      await store.write(async (transaction) => {
        // It may have come back since it was looked at.
        const now = await transaction.sessions.get(id);
        if (now === undefined || !(await isOver(this.#context, transaction, now))) return;
        if (spent.some((other) => other.id === id)) await transaction.sessions.close(id);
        else await transaction.sessions.expire(id);
      });
    }
  }

  /** Crashed when no process serves its flow and its grace is over; Cancelled when that was under way. */
  #endOrphan(
    flowRunId: string,
    { served, graceMs }: { readonly served: ReadonlySet<string>; readonly graceMs: number },
  ): Promise<StateType | undefined> {
    return this.#change(flowRunId, async (run, transaction) => {
      const { sessionId, state } = run;
      const now = await transaction.now();
      const died = sessionId !== null;
      if (died && state.type === StateType.Cancelling) return { state: cancelled(now, state.message), by: 'service' };
      if (served.has(run.flowName) || (!died && state.type !== StateType.Running)) return undefined;
      const endedAt = died ? ((await transaction.sessions.get(sessionId))?.expiresAt ?? state.at) : run.wakeAt;
      if (endedAt === null || endedAt > now - graceMs) return undefined;
      if (died) run.crashCount += 1;
      const message = `Its process ${died ? 'died' : 'ended and left it to others'}, and no process serves its flow.`;
      const reason = { kind: 'orphaned', sessionId: sessionId ?? '' } as const;
      return { state: crashed(now, message, { reason }), by: 'service' };
    });
  }

  /** A run outside any flow can't be taken up. */
  async #endOrphanedTasks(graceMs: number): Promise<readonly string[]> {
    const { store, taskDecider, clockWatch } = this.#context;
    // This process's own tasks are no orphans, also when it slept past its lease.
    const query = { graceMs, exceptSessionId: this.#session.id };
    const found = await store.read(({ taskRuns }) => taskRuns.orphaned(1, query));
    if (found.length === 0 || !clockWatch.isSettled()) return [];
    return store.write(async (transaction) => {
      const { taskRuns, slots } = transaction;
      const orphans = await taskRuns.takeOrphaned(pageSize, query);
      const now = await transaction.now();
      for (const record of orphans) {
        const state = crashed(now, 'Its process died.');
        taskDecider.propose({ record, flowRun: null }, { state, by: 'service' }, undefined);
        await slots.releaseHeldBy(record.id);
      }
      await taskRuns.put(orphans);
      return orphans.map(({ id }) => id);
    });
  }

  async #endLatePauses(served: ReadonlySet<string>): Promise<readonly string[]> {
    const { store } = this.#context;
    const after = this.#pausedAfter === undefined ? {} : { after: this.#pausedAfter };
    const paused = await store.read((transaction) =>
      transaction.flowRuns.list({ stateTypes: [StateType.Paused], limit: pageSize, ...after }),
    );
    this.#pausedAfter = paused.length < pageSize ? undefined : paused.at(-1)?.id;
    const ended: string[] = [];
    for (const { id } of paused) {
      const end = await this.#change(id, async (run, transaction) => {
        const now = await transaction.now();
        const timeoutAt = run.state.details?.pauseTimeoutAt;
        // A process that serves the flow wakes it, and its body gets the timeout.
        if (
          run.state.type !== StateType.Paused ||
          timeoutAt === undefined ||
          timeoutAt > now ||
          served.has(run.flowName)
        )
          return undefined;
        const message = `The run was ${run.state.name.toLowerCase()} and never resumed.`;
        return { state: failed(now, { message, retriable: false }), by: 'service' };
      });
      if (end !== undefined) ended.push(id);
    }
    return ended;
  }

  /** Proposes for a run that no live process owns. Answers the end that it came to by that. */
  #change(
    flowRunId: string,
    propose: (run: FlowRunRecord, transaction: Transaction) => Promise<Proposal | undefined>,
  ): Promise<StateType | undefined> {
    const context = this.#context;
    return retryOnConflict(() =>
      context.store.write(async (transaction) => {
        // One that another process has locked is being taken up there, or swept.
        const run = await transaction.flowRuns.getUnlocked(flowRunId);
        if (run === undefined || isTerminal(run.state)) return undefined;
        // Its lease may be over, but this process is alive: it extends the lease, or finds the run taken.
        if (run.sessionId === this.#session.id) return undefined;
        if ((await liveSessionOf(context, transaction, run)) !== undefined) return undefined;
        const proposal = await propose(run, transaction);
        if (proposal === undefined) return undefined;
        await applyProposal(context, transaction, { run, holder: 'none', proposal });
        return isTerminalType(run.state.type) ? run.state.type : undefined;
      }),
    );
  }
}
