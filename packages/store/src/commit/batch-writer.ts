/**
 * Writes one batch until it is committed or refused, and settles every promise that waits on it.
 *
 * A lock, a conflict and a lost connection are tried again up to a limit of time; what a retry writes is the same image
 * under the same revisions, so that it does not matter whether the try before had succeeded without an answer. A row that the
 * database refuses is found by writing the batch's parts one by one: it never takes others down with it.
 */
import { CorruptDatabase, StoreBusy, StoreFull, StoreReadOnly, StoreUnavailable } from '@millrace/kernel';
import { pause, type StoreHost } from '../adapters/host.ts';
import type { CommitMark, Dialect, FaultKind, RowBatch, RowOutcome } from '../sql/dialect.ts';
import { retryDelayMs } from '../sql/backoff.ts';
import { type Batch, halvesOf, isDivisible, partsOf, type RowSegment } from './batch.ts';
import { LockOrder } from '../sql/lock-order.ts';
import {
  type BatchRun,
  BodyFailure,
  onlyRows,
  rollBack,
  runSegments,
  type Settlement,
  settleRows,
  toRowBatch,
} from './run-batch.ts';

export interface BatchWriterOptions {
  readonly dialect: Dialect;
  readonly host: StoreHost;
  /** How long a batch is tried again while the database is locked or away. */
  readonly retryMaxMs: number;
}

/** Others may forget a mark that is a day old: an older one that is not there says nothing. */
const markTrustedMs = 12 * 60 * 60 * 1000;

/** One try of one batch, as far as it came. */
interface Attempt extends BatchRun {
  readonly batch: Batch;
  readonly mark: CommitMark | null;
  /** Whether the commit may have reached the database. */
  sent: boolean;
  /** The error for the case that it did. */
  settlements: readonly Settlement[] | undefined;
}

interface Failure {
  readonly kind: FaultKind;
  readonly cause: unknown;
  readonly inBody: boolean;
}

export class BatchWriter {
  readonly #dialect: Dialect;
  readonly #host: StoreHost;
  readonly #retryMaxMs: number;
  readonly #writerId: string;
  #batchCount = 0;
  #revisionCount = 0;
  #current: Attempt | undefined;
  #fatal: Error | undefined;
  #confirmed: { readonly mark: CommitMark; readonly at: number } | undefined;

  constructor({ dialect, host, retryMaxMs }: BatchWriterOptions) {
    this.#dialect = dialect;
    this.#host = host;
    this.#retryMaxMs = retryMaxMs;
    this.#writerId = host.uniqueId();
  }

  /** After this nothing may be written any more: what was may not be on the disk. */
  get fatal(): Error | undefined {
    return this.#fatal;
  }

  /** Never rejects; undefined = it is done. */
  write(batch: Batch): Promise<void> | undefined {
    return this.#writeAtOnce(batch) ? undefined : this.#write(batch, true);
  }

  /** The hot path where the database answers at once. The usual way repeats what fails in it, and reports the error. */
  #writeAtOnce(batch: Batch): boolean {
    const commitRows = this.#dialect.commitRowsNow?.bind(this.#dialect);
    const rows = onlyRows(batch);
    if (commitRows === undefined || rows === undefined || rows.written || batch.size === 0) return false;
    if (this.#fatal !== undefined) return false;
    const attempt = this.#begin(batch, null);
    try {
      attempt.settlements = [settleRows(attempt, rows, commitRows(toRowBatch(attempt, rows)))];
    } catch {
      rollBack(attempt.undo);
      this.#current = undefined;
      return false;
    }
    this.#settle(attempt);
    return true;
  }

  async #write(batch: Batch, divisible: boolean): Promise<void> {
    if (this.#fatal !== undefined) return batch.reject(this.#fatal);
    if (batch.size === 0) return batch.settleEmpty();
    const waiting = { ms: 0 };
    const mark = this.#dialect.marksCommits ? { writerId: this.#writerId, batch: ++this.#batchCount } : null;
    for (let tries = 0; !batch.written; tries += 1) {
      const attempt = this.#begin(batch, mark);
      const failure = await this.#attempt(attempt);
      if (failure === undefined) return this.#settle(attempt);
      const next = await this.#afterFailure(attempt, failure, { waiting, tries });
      if (next === 'committed') return this.#settle(attempt);
      await this.#takeBack(attempt);
      if (next === 'halve') return await this.#writeHalves(batch);
      if (next === 'give up') return this.#giveUp(batch, failure, { waitedMs: waiting.ms, divisible });
    }
    // A synchronous flush was faster.
    this.#current = undefined;
  }

  /** The rows of the batch being written, and of these, now; whatever is open is taken back. False when bodies remain. */
  writeSync(batches: readonly Batch[]): boolean {
    const commitRows = this.#dialect.commitRowsSync?.bind(this.#dialect);
    if (commitRows === undefined || this.#fatal !== undefined) return false;
    const interrupted = this.#current;
    if (interrupted !== undefined) rollBack(interrupted.undo);
    let complete = true;
    for (const batch of interrupted === undefined ? batches : [interrupted.batch, ...batches]) {
      const run = this.#begin(batch, null);
      for (const segment of batch.segments) {
        if (segment.kind === 'body') complete = false;
        else if (!segment.written) complete = this.#writeSegmentSync(run, segment, commitRows) && complete;
      }
    }
    this.#current = interrupted;
    return complete;
  }

  #writeSegmentSync(run: Attempt, segment: RowSegment, commitRows: (batch: RowBatch) => RowOutcome): boolean {
    try {
      settleRows(run, segment, commitRows(toRowBatch(run, segment)))();
      segment.written = true;
      return true;
    } catch {
      // The usual way tries it again and rejects the waiting promises.
      return false;
    }
  }

  #begin(batch: Batch, mark: CommitMark | null): Attempt {
    const nextRevision = () => `${this.#writerId.slice(0, 13)}.${(++this.#revisionCount).toString(36)}`;
    const attempt = {
      dialect: this.#dialect,
      timers: this.#host.clock,
      nextRevision,
      uniqueId: this.#host.uniqueId,
      locks: this.#dialect.syntax.forUpdate === '' ? null : new LockOrder(),
      undo: [],
      batch,
      mark,
      sent: false,
      settlements: undefined,
    };
    this.#current = attempt;
    return attempt;
  }

  async #attempt(attempt: Attempt): Promise<Failure | undefined> {
    const { batch, mark } = attempt;
    try {
      const rows = onlyRows(batch);
      if (rows === undefined) {
        await this.#dialect.begin(batch.segments.length > 1);
        attempt.settlements = await runSegments(attempt, batch);
        attempt.sent = true;
        await this.#dialect.commit(mark);
      } else {
        attempt.sent = true;
        const outcome = await this.#dialect.commitRows(toRowBatch(attempt, rows), mark);
        attempt.settlements = [settleRows(attempt, rows, outcome)];
      }
      return undefined;
    } catch (error) {
      const inBody = error instanceof BodyFailure;
      const cause = inBody ? error.cause : error;
      return { kind: this.#dialect.classify(cause), cause, inBody };
    }
  }

  #settle(attempt: Attempt): void {
    this.#current = undefined;
    if (attempt.mark !== null) this.#confirmed = { mark: attempt.mark, at: this.#host.clock.now() };
    for (const settle of attempt.settlements ?? []) settle();
  }

  /** Waits until it makes sense to try again. */
  async #afterFailure(
    attempt: Attempt,
    { kind, cause }: Failure,
    { waiting, tries }: { readonly waiting: { ms: number }; readonly tries: number },
  ): Promise<'try again' | 'committed' | 'give up' | 'halve'> {
    // The pauses are added up, and the silences of a server that never answered: a clock that is set meanwhile makes no caller stop early, or never.
    waiting.ms += silenceMs(cause);
    const wait = async (attempts: number) => {
      const delayMs = retryDelayMs(kind, attempts, this.#host.random());
      waiting.ms += delayMs;
      await pause(this.#host.clock, delayMs);
    };
    if (!retriable(kind) || waiting.ms > this.#retryMaxMs) return 'give up';
    if (kind !== 'connection') {
      await wait(tries);
      // Together its parts may lock what others lock in another order: the same batch could meet the same conflict for ever.
      return kind === 'conflict' && isDivisible(attempt.batch) ? 'halve' : 'try again';
    }
    // A server that lets in and then fails each time must not be stormed either.
    for (let reconnects = tries; ; reconnects += 1) {
      await wait(reconnects);
      try {
        await this.#dialect.reconnect();
        if (await this.#hasRegressed()) return 'give up';
        return await this.#fateOf(attempt);
      } catch (error) {
        waiting.ms += silenceMs(error);
        if (waiting.ms > this.#retryMaxMs) return 'give up';
      }
    }
  }

  /** One after the other: what was queued first is written first. */
  async #writeHalves(batch: Batch): Promise<void> {
    this.#current = undefined;
    for (const half of halvesOf(batch)) await this.#write(half, true);
  }

  /** Whether what was confirmed is gone: whatever this process holds to be recorded may not be, so it writes nothing more. */
  async #hasRegressed(): Promise<boolean> {
    const confirmed = this.#confirmed;
    if (confirmed === undefined || this.#host.clock.now() - confirmed.at > markTrustedMs) return false;
    if ((await this.#dialect.isOlderThan?.(confirmed.mark)) !== true) return false;
    this.#fatal = new StoreUnavailable({ location: this.#dialect.location, problem: 'regressed' });
    return true;
  }

  /** Whether the commit whose answer was lost had taken place. */
  async #fateOf({ sent, mark, settlements, batch }: Attempt): Promise<'try again' | 'committed'> {
    const committed = sent && mark !== null && (await this.#dialect.wasCommitted(mark));
    if (!committed) return 'try again';
    if (settlements !== undefined) return 'committed';
    // Rows are written again to learn what was refused; lines of log would be there twice.
    batch.dropLogs();
    return 'try again';
  }

  async #takeBack(attempt: Attempt): Promise<void> {
    rollBack(attempt.undo);
    await this.#dialect.rollback();
  }

  async #giveUp(
    batch: Batch,
    failure: Failure,
    { waitedMs, divisible }: { readonly waitedMs: number; readonly divisible: boolean },
  ): Promise<void> {
    this.#current = undefined;
    if (divisible && failure.kind === 'statement' && !failure.inBody) {
      for (const part of partsOf(batch)) await this.#write(part, false);
      return;
    }
    batch.reject(this.#fatal ?? this.#errorFor(failure, waitedMs));
  }

  #errorFor({ kind, cause }: Failure, waitedMs: number): unknown {
    const { location } = this.#dialect;
    switch (kind) {
      case 'statement':
        return cause;
      case 'full':
        return new StoreFull({ location, cause });
      case 'readonly':
        return new StoreReadOnly({ location, cause });
      case 'busy':
      case 'conflict':
        return new StoreBusy({ location, waitedMs, cause });
      case 'connection':
        return unavailable(this.#dialect, 'unreachable', cause);
      case 'refused':
        return unavailable(this.#dialect, 'refused', cause);
      case 'corrupt':
        this.#fatal = new CorruptDatabase({ location, cause });
        return this.#fatal;
      case 'gone':
        this.#fatal = new StoreUnavailable({ location, problem: 'gone', cause });
        return this.#fatal;
      case 'io':
        this.#fatal = new StoreUnavailable({ location, problem: 'failed', cause });
        return this.#fatal;
    }
  }
}

/** The database's refusal, with what to do about it where the server said why. */
export function unavailable(
  dialect: Pick<Dialect, 'location' | 'wayOutOf'>,
  problem: 'unreachable' | 'refused',
  cause: unknown,
): StoreUnavailable {
  const wayOut = dialect.wayOutOf?.(cause);
  return new StoreUnavailable({
    location: dialect.location,
    problem,
    cause,
    ...(wayOut === undefined ? {} : { wayOut }),
  });
}

/** How long the try had waited in vain for an answer, where the dialect says so. */
function silenceMs(error: unknown): number {
  const { waitedMs } = (error ?? {}) as { readonly waitedMs?: unknown };
  return typeof waitedMs === 'number' ? waitedMs : 0;
}

function retriable(kind: FaultKind): boolean {
  return kind === 'busy' || kind === 'conflict' || kind === 'connection';
}
