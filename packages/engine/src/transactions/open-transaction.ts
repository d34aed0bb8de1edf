/**
 * A transaction that is under way: the tasks that completed in it, at whatever depth, and the values that others may have
 * once it has committed.
 */
import type { Engine, Frame, Run, TransactionScope } from '../run/model.ts';
import { type Execution, knownToCopies, RollbackError, StateName, type TaskRunRecord } from '@millrace/kernel';
import { LogLevel, writeLine } from '../context/logger.ts';
import { viewOf } from '../context/run-view.ts';
import type { TransactionHook } from '../define/options.ts';
import type { RunView } from '../define/run-context.ts';
import { completedState } from '../run/states.ts';
import { messageOf } from '../run/values.ts';
import { markCommitted, openRecord } from './commit-mark.ts';
import { SharedValues, type TransactionHandle } from './shared-values.ts';

interface Member {
  readonly run: Run;
  readonly record: TaskRunRecord;
  readonly execution: Execution;
  readonly view: RunView;
  readonly onCommit: readonly TransactionHook[];
  readonly onRollback: readonly TransactionHook[];
  /** Of the transaction that it completed in, which may be one within this one. */
  readonly values: TransactionHandle;
}

/** A value that goes into the cache with the commit. */
export interface StagedValue {
  readonly key: string;
  /** The claim on the key; null = none. */
  readonly leaseId: string | null;
  readonly taskRunId: string | null;
  readonly expiresAt: number | null;
  /** The encoded value; null = there is none to store. */
  readonly read: () => Promise<string | null>;
}

export class OpenTransaction implements TransactionScope {
  readonly values: SharedValues;
  readonly #outer: OpenTransaction | null;
  /** By id: a task that is found again, as its flow is tried again, is the same member. */
  readonly #members = new Map<string, Member>();
  readonly #staged = new Map<string, StagedValue>();
  /** Shared by all that are one within the other. */
  readonly #computing: Map<string, Run>;

  /** @param onSet told of each value that the body sets */
  constructor(outer: OpenTransaction | null, onSet?: (name: string, value: unknown) => void) {
    this.#outer = outer;
    this.values = new SharedValues(outer?.values ?? null, onSet);
    this.#computing = outer === null ? new Map<string, Run>() : outer.#computing;
  }

  joined(run: Run): void {
    const record = openRecord(run);
    const { definition, execution } = run;
    if (definition.kind !== 'task' || record === undefined || execution === null) return;
    const { onCommit, onRollback, cacheExpirationMs } = definition;
    const { values } = this;
    this.#outer?.leave(record);
    this.#members.set(record.id, { run, record, execution, view: viewOf(run), onCommit, onRollback, values });
    if (record.cacheKey === null) return;
    this.stage({
      key: record.cacheKey,
      leaseId: null,
      taskRunId: record.id,
      expiresAt: cacheExpirationMs === null ? null : (record.endAt ?? run.engine.clock.now()) + cacheExpirationMs,
      read: () => execution.outcome(record),
    });
  }

  /** It completed in an earlier attempt of the body, and is found again in a transaction within this one. */
  leave(record: TaskRunRecord): void {
    this.#members.delete(record.id);
    if (record.cacheKey !== null && this.#staged.get(record.cacheKey)?.taskRunId === record.id)
      this.#staged.delete(record.cacheKey);
    this.#outer?.leave(record);
  }

  stage(value: StagedValue): void {
    this.#staged.set(value.key, value);
  }

  staged(key: string): Promise<string | null> | undefined {
    const found = this.#staged.get(key);
    return found === undefined ? this.#outer?.staged(key) : found.read();
  }

  isComputing(key: string, asking: Run): boolean {
    const run = this.#computing.get(key);
    return run !== undefined && run !== asking && run.settlement === 'pending';
  }

  computes(key: string, run: Run): void {
    this.#computing.set(key, run);
  }

  /** The outer one commits, for both; without one it is done now. @throws what a hook threw, or the store */
  async commit({ opened }: Engine): Promise<void> {
    const outer = this.#outer;
    if (outer !== null) {
      for (const [id, member] of this.#members) outer.#members.set(id, member);
      for (const value of this.#staged.values()) outer.stage(value);
      return;
    }
    for (const { onCommit, values, view } of this.#members.values())
      for (const hook of onCommit) await hook(values, view);
    for (const { read, ...entry } of this.#staged.values()) {
      const outcome = await read();
      if (outcome !== null) await opened.cache.put({ ...entry, outcome });
    }
    const members = [...this.#members.values()];
    // In one go, so that they are recorded together.
    for (const { record, execution } of members) markCommitted(record, execution);
    await Promise.all(members.map(({ execution }) => execution.committed()));
  }

  /** Last first, all of them. What could not be undone is no RolledBack; the first such failure is given. */
  async rollBack(frame: Frame, reason: unknown): Promise<RollbackError | undefined> {
    let failure: RollbackError | undefined;
    for (const { leaseId } of this.#staged.values())
      if (leaseId !== null) await frame.engine.opened.cache.release(leaseId);
    for (const member of [...this.#members.values()].reverse()) {
      const failed = await undo(frame, member);
      if (failed === undefined) {
        await recordRolledBack(frame, member);
        continue;
      }
      const { id: runId, name: runName } = member.view;
      failure ??= new RollbackError({ runId, runName, reason: messageOf(reason), cause: failed.error });
    }
    return failure;
  }
}

knownToCopies('OpenTransaction', OpenTransaction);

async function recordRolledBack({ engine }: Frame, { run, record, execution }: Member): Promise<void> {
  const state = completedState(engine.clock.now(), {
    name: StateName.RolledBack,
    message: 'Rolled back with its transaction.',
  });
  execution.proposeTask(record, { state, by: 'engine', move: 'rollback' });
  // Before the next one is undone: what a process that dies has undone is to be done again.
  await execution.committed();
  run.showState(record.state);
}

/** Calls a task's rollback hooks; gives the first error, and logs them all. */
async function undo(frame: Frame, member: Member): Promise<{ readonly error: unknown } | undefined> {
  let failed: { readonly error: unknown } | undefined;
  for (const hook of member.onRollback.toReversed()) {
    try {
      await hook(member.values, member.view);
    } catch (error) {
      failed ??= { error };
      writeLine(frame, {
        level: LogLevel.error,
        text: `Rollback hook of '${member.view.name}' failed: ${messageOf(error)}`,
        print: true,
      });
    }
  }
  return failed;
}
