/**
 * A dialect that fails on demand, over a real SQLite database in memory: what a disk, a lock or a network does
 * at the worst moment. Errors are objects with the fault's kind, so that no message needs to be imitated.
 */
import type { CommitMark, Dialect, FaultKind, RowBatch, RowOutcome, Statements } from '../sql/dialect.ts';

export type Moment = 'begin' | 'write' | 'commit' | 'after commit' | 'reconnect';

class Fault extends Error {
  readonly kind: FaultKind;
  constructor(kind: FaultKind) {
    super(`injected: ${kind}`);
    this.kind = kind;
  }
}

export class FaultyDialect implements Dialect {
  readonly #inner: Dialect;
  readonly #plan: { moment: Moment; kind: FaultKind; times: number }[] = [];
  /** Marks of commits that took place, as the table `writer` has them on PostgreSQL. */
  readonly #committed = new Set<number>();
  readonly marksCommits = true;
  commitCount = 0;

  constructor(inner: Dialect) {
    this.#inner = inner;
  }

  /** The next `times` times this moment comes, it fails. */
  fail(moment: Moment, kind: FaultKind, times = 1): void {
    this.#plan.push({ moment, kind, times });
  }

  /** Nothing fails any more. */
  heal(): void {
    this.#plan.length = 0;
  }

  /** Planned failures that no moment has met yet. */
  get pendingFaultCount(): number {
    return this.#plan.reduce((sum, { times }) => sum + times, 0);
  }

  get name() {
    return this.#inner.name;
  }
  get location() {
    return this.#inner.location;
  }
  get syntax() {
    return this.#inner.syntax;
  }
  get writer(): Statements {
    return this.#inner.writer;
  }
  get reader(): Statements {
    return this.#inner.reader;
  }

  async begin(isJoined: boolean): Promise<void> {
    this.#meet('begin');
    await this.#inner.begin(isJoined);
  }

  async commit(mark: CommitMark | null): Promise<void> {
    this.#meet('commit');
    await this.#inner.commit(mark);
    this.#note(mark);
    this.#meet('after commit');
  }

  rollback(): Promise<void> {
    return this.#inner.rollback();
  }

  async writeRows(batch: RowBatch, mayWait: boolean): Promise<RowOutcome> {
    this.#meet('write');
    return this.#inner.writeRows(batch, mayWait);
  }

  async commitRows(batch: RowBatch, mark: CommitMark | null): Promise<RowOutcome> {
    this.#meet('begin');
    this.#meet('write');
    this.#meet('commit');
    const outcome = await this.#inner.commitRows(batch, mark);
    this.#note(mark);
    this.#meet('after commit');
    return outcome;
  }

  commitRowsSync(batch: RowBatch): RowOutcome {
    if (this.#inner.commitRowsSync === undefined) throw new Error('the inner dialect can not write at once');
    return this.#inner.commitRowsSync(batch);
  }

  async wasCommitted({ batch }: CommitMark): Promise<boolean> {
    return this.#committed.has(batch);
  }

  classify(error: unknown): FaultKind {
    return error instanceof Fault ? error.kind : this.#inner.classify(error);
  }

  async reconnect(): Promise<void> {
    this.#meet('reconnect');
  }

  watch(listener: () => void): { close(): void } {
    return this.#inner.watch(listener);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  #note(mark: CommitMark | null): void {
    this.commitCount += 1;
    if (mark !== null) this.#committed.add(mark.batch);
  }

  #meet(moment: Moment): void {
    const planned = this.#plan.find((fault) => fault.moment === moment && fault.times > 0);
    if (planned === undefined) return;
    planned.times -= 1;
    throw new Fault(planned.kind);
  }
}
