/**
 * Clears up after processes that died: closes their sessions (which frees slots and cache claims), and ends runs that
 * nobody will take up. Every step locks what it changes, so any number of processes may sweep side by side.
 */
import {
  crashed,
  cancelled,
  failed,
  type FlowRunRecord,
  isTerminal,
  type Proposal,
  StateType,
  type Sweep,
} from '@millrace/kernel';
import { decideAgain } from '../failures.ts';
import type { LedgerContext } from '../ledger-context.ts';
import { holderOf, isOver } from '../session/liveness.ts';
import { processOf } from '../session/process-identity.ts';
import { carryOut } from './propose-state.ts';

/** Sessions and runs looked at in one sweep. */
const pageSize = 100;
const slotsEveryMs = 60_000;
const spentSlotsMax = 10_000;

/** Remembers how far the look at paused runs has come: one page a sweep, so that many sleepers cost little. */
export class Sweeper {
  readonly #context: LedgerContext;
  #pausedAfter: string | undefined;
  #slotsDueAt = 0;

  constructor(context: LedgerContext) {
    this.#context = context;
  }

  async sweep(): Promise<Sweep> {
    const { store, session } = this.#context;
    await this.#closeDeadSessions();
    await this.#dropOldSlots();
    const { orphans, served } = await store.read(async (transaction) => ({
      orphans: await transaction.flowRuns.orphaned({ limit: pageSize }),
      // This process serves its flows also when it slept past its lease and others see nothing of it.
      served: new Set([...(await transaction.sessions.served()), ...session.serves]),
    }));
    const ended: string[] = [];
    for (const orphan of orphans) if (await this.#endOrphan(orphan.id, served)) ended.push(orphan.id);
    const crashedTaskRuns = await this.#endOrphanedTasks();
    await this.#endLatePauses(served);
    return { crashed: ended, crashedTaskRuns };
  }

  /** Rows that no longer count harm nobody: rarely is enough, and a commit is a hint to everybody. */
  async #dropOldSlots(): Promise<void> {
    const { store, clock } = this.#context;
    if (clock.now() < this.#slotsDueAt) return;
    this.#slotsDueAt = clock.now() + slotsEveryMs;
    await store.write((transaction) => transaction.slots.sweep(spentSlotsMax));
  }

  async #closeDeadSessions(): Promise<void> {
    const { store, session, isProcessAlive } = this.#context;
    const dead = await store.read(async ({ sessions }) => {
      const expired = await sessions.expired(pageSize);
      const live = await sessions.live({ limit: 1_000 });
      return [...expired, ...live.filter((other) => !isProcessAlive(processOf(other)))];
    });
    for (const { id } of dead) {
      if (id === session.id) continue;
      await store.write(async (transaction) => {
        // It may have come back since it was looked at.
        const now = await transaction.sessions.get(id);
        if (now === undefined) return;
        if (await isOver(this.#context, transaction, now)) await transaction.sessions.close(id);
      });
    }
  }

  /** A run whose process died and whose flow nobody serves is Crashed; one that was being cancelled is Cancelled. */
  #endOrphan(flowRunId: string, served: ReadonlySet<string>): Promise<boolean> {
    return this.#change(flowRunId, (run, now) => {
      if (run.sessionId === null) return undefined;
      if (run.state.type === StateType.Cancelling) return { state: cancelled(now, run.state.message), by: 'service' };
      if (served.has(run.flowName)) return undefined;
      run.crashCount += 1;
      return { state: crashed(now, 'Its process died, and no process serves its flow.'), by: 'service' };
    });
  }

  /** Outside any flow there is nothing that could take a run up. */
  async #endOrphanedTasks(): Promise<readonly string[]> {
    const { store, session, taskDecider, clockWatch } = this.#context;
    if ((await store.read(({ taskRuns }) => taskRuns.orphaned(1))).length === 0 || !clockWatch.isSettled()) return [];
    // Under a lease that holds: this process's own tasks are no orphans.
    return session.taking(async (transaction) => {
      const { taskRuns, slots } = transaction;
      const orphans = await taskRuns.takeOrphaned(pageSize);
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

  async #endLatePauses(served: ReadonlySet<string>): Promise<void> {
    const { store } = this.#context;
    const after = this.#pausedAfter === undefined ? {} : { after: this.#pausedAfter };
    const paused = await store.read((transaction) =>
      transaction.flowRuns.list({ stateTypes: [StateType.Paused], limit: pageSize, ...after }),
    );
    this.#pausedAfter = paused.length < pageSize ? undefined : paused.at(-1)?.id;
    for (const { id } of paused) {
      await this.#change(id, (run, now) => {
        const timeoutAt = run.state.details?.pauseTimeoutAt;
        // Whoever serves the flow wakes it, and its body hears that the time is up.
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
    }
  }

  /** Proposes for a run that nobody alive holds. True when it ended as Crashed or Cancelled by that. */
  #change(flowRunId: string, propose: (run: FlowRunRecord, now: number) => Proposal | undefined): Promise<boolean> {
    const context = this.#context;
    return decideAgain(() =>
      context.store.write(async (transaction) => {
        const run = await transaction.flowRuns.getForUpdate(flowRunId);
        if (run === undefined || isTerminal(run.state)) return false;
        // Its lease may be over, but this process goes on: it extends it, or hears that the run was taken.
        if (run.sessionId === context.session.id) return false;
        if ((await holderOf(context, transaction, run)) !== undefined) return false;
        const proposal = propose(run, await transaction.now());
        if (proposal === undefined) return false;
        return (await carryOut(context, transaction, { run, held: false, proposal })).status === 'ACCEPT';
      }),
    );
  }
}
