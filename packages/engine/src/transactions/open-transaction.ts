/**
 * An open transaction: the tasks that completed in it, at any depth, and the values that others may read once it has committed.
 */
import type { Frame, KnownCall, Run, TransactionScope } from '../runs/model.ts';
import {
  type FlowRunRecord,
  knownToCopies,
  RollbackError,
  StateName,
  type TaskRunRecord,
  completed,
} from '@millrace/kernel';
import { putKey, releaseKey } from './key-waits.ts';
import { messageOf } from '../runs/values.ts';
import { markCommitted } from './commit-mark.ts';
import { byCompletion, commitHooks, type Member, memberBelow, memberOf, undo } from './member.ts';
import { SharedValues } from './shared-values.ts';

/** A value that is stored in the cache by the commit. */
export interface StagedValue {
  readonly key: string;
  /** The claim on the key; null = none. */
  readonly leaseId: string | null;
  readonly taskRunId: string | null;
  readonly expiresAt: number | null;
  /** The encoded value; null = there is none to store. */
  readonly read: () => Promise<string | null>;
}

interface CompletedFlow {
  readonly parentId: string | null;
  /** null = this execution neither called its body nor replayed it. */
  readonly run: Run | null;
}

export class OpenTransaction implements TransactionScope {
  readonly values: SharedValues;
  readonly #outer: OpenTransaction | null;
  /** By id, because a task that a retry of its flow finds again is the same member. */
  readonly #members = new Map<string, Member>();
  /** Flow runs that completed in it. */
  readonly #flows = new Map<string, CompletedFlow>();
  readonly #staged = new Map<string, StagedValue>();
  /** Shared by nested transactions. */
  readonly computing: Map<string, Run>;
  readonly #key: string | null;

  /** @param options `onSet` is called with each value that the body sets */
  constructor(
    outer: OpenTransaction | null,
    { key, onSet }: { readonly key?: string; readonly onSet?: (name: string, value: unknown) => void },
  ) {
    this.#outer = outer;
    this.#key = key ?? null;
    this.values = new SharedValues(outer?.values ?? null, onSet);
    this.computing = outer === null ? new Map<string, Run>() : outer.computing;
  }

  /** Whether it, or one around it, holds the key. */
  isUnder(key: string): boolean {
    return this.#key === key || this.#outer?.isUnder(key) === true;
  }

  joined(run: Run, known: KnownCall | null): void {
    if (run.kind === 'flow' && run.record !== null) this.#addFlow(run.record, run);
    else this.#add(memberOf(run, known, this.values));
  }

  async found(run: Run, known: KnownCall | null): Promise<void> {
    const { record, execution } = run;
    if (record === null || execution === null) return;
    for (const below of await execution.completedBelow(record)) {
      if (below.kind === 'flow') this.#addFlow(below, null);
      else this.#add(memberBelow(run, below, this.values));
    }
    this.joined(run, known);
  }

  #addFlow({ id, parentFlowRunId: parentId }: FlowRunRecord, run: Run | null): void {
    this.#flows.set(id, { parentId, run });
  }

  #add(member: Member | undefined): void {
    if (member === undefined) return;
    const { record, execution, cacheExpirationMs } = member;
    const { id, cacheKey, endAt } = record;
    this.#outer?.leave(record);
    this.#members.set(id, member);
    if (cacheKey === null) return;
    const expiresAt = cacheExpirationMs === null ? null : (endAt ?? record.createdAt) + cacheExpirationMs;
    this.stage({ key: cacheKey, leaseId: null, taskRunId: id, expiresAt, read: () => execution.outcome(record) });
  }

  /** A task of an earlier attempt was found again in an inner transaction. */
  leave(record: TaskRunRecord): void {
    const { id, cacheKey } = record;
    this.#members.delete(id);
    if (cacheKey !== null && this.#staged.get(cacheKey)?.taskRunId === id) this.#staged.delete(cacheKey);
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
    const run = this.computing.get(key);
    return run !== undefined && run !== asking && run.settlement === 'pending';
  }

  computes(key: string, run: Run): void {
    this.computing.set(key, run);
  }

  /** Passes its members to the outer transaction, or commits if there is none. @throws the error of a hook, or of the store */
  async commit(frame: Frame): Promise<void> {
    if (this.#outer !== null) {
      this.#handOver(this.#outer);
      return;
    }
    const members = [...this.#members.values()].sort(byCompletion);
    for (const member of members) await commitHooks(frame, member);
    for (const { read, ...entry } of this.#staged.values()) {
      const outcome = await read();
      if (outcome !== null) await putKey(frame.run.engine, { ...entry, outcome });
    }
    // Queued without an await in between, so that one commit records them.
    for (const { record, execution } of members) markCommitted(record, execution);
    await Promise.all(members.map(({ execution }) => execution.committed()));
  }

  /** Takes the members of an inner transaction, which may belong to another copy of this package. */
  take(members: ReadonlyMap<string, Member>, flows: ReadonlyMap<string, CompletedFlow>): void {
    for (const [id, member] of members) this.#members.set(id, member);
    for (const [id, flow] of flows) this.#flows.set(id, flow);
  }

  #handOver(outer: OpenTransaction): void {
    outer.take(this.#members, this.#flows);
    for (const value of this.#staged.values()) outer.stage(value);
  }

  /** Undoes all members, last first. One that could not be undone does not become RolledBack; returns the first such failure. */
  async rollBack(frame: Frame, reason: unknown): Promise<RollbackError | undefined> {
    for (const { leaseId } of this.#staged.values()) if (leaseId !== null) await releaseKey(frame.run.engine, leaseId);
    await this.#callAgain(frame);
    let failure: RollbackError | undefined;
    for (const member of [...this.#members.values()].sort(byCompletion).reverse()) {
      const failed = await undo(frame, member);
      if (failed === undefined) continue;
      const { id: runId, name: runName } = member.view;
      failure ??= new RollbackError({ runId, runName, reason: messageOf(reason), cause: failed.error });
    }
    return failure;
  }

  /** Marks the flows whose tasks will be undone to run again with the next attempt. Done first, because a crash must not miss one. */
  async #callAgain({ run: { engine } }: Frame): Promise<void> {
    const undone = new Map<string, CompletedFlow>();
    for (const { record } of this.#members.values()) {
      for (let id = record.flowRunId; id !== null; ) {
        const flow = this.#flows.get(id);
        if (flow !== undefined) undone.set(id, flow);
        id = flow?.parentId ?? null;
      }
    }
    const message = 'What its tasks did was rolled back with its transaction.';
    const state = completed(engine.clock.now(), { name: StateName.RolledBack, message });
    for (const [id, { run }] of undone) {
      await engine.opened.runs.propose(id, { state, by: 'engine', move: 'rollback' });
      run?.showState(state);
    }
  }
}
knownToCopies('OpenTransaction', OpenTransaction);
