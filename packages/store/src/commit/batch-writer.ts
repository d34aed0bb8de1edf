/**
 * Writes one batch until it is committed or refused, and tells everybody who waits on it.
 *
 * A lock, a conflict and a lost connection are tried again up to a limit of time; what a retry writes is the same image
 * under the same revisions, so that it does not matter whether the try before had succeeded unheard. A row that the
 * database refuses is found by writing the batch's parts one by one: it never takes others down with it.
 */
import { pause, type StoreHost } from '../adapters/host.ts';
import type { CommitMark, Dialect, FaultKind } from '../dialect/dialect.ts';
import {
  corruptDatabase,
  storeBusy,
  storeFull,
  storeReadOnly,
  storeUnavailable,
  storeUnreachable,
} from '../failures.ts';
import { retryDelayMs } from './backoff.ts';
import { type Batch, partsOf } from './batch.ts';
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

/** One try of one batch, as far as it came. */
interface Attempt extends BatchRun {
  readonly batch: Batch;
  readonly mark: CommitMark | null;
  /** Whether the commit may have reached the database. */
  sent: boolean;
  /** What to tell if it turns out that it did. */
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

  /** Never rejects. */
  write(batch: Batch): Promise<void> {
    return this.#write(batch, true);
  }

  async #write(batch: Batch, divisible: boolean): Promise<void> {
    if (this.#fatal !== undefined) return batch.reject(this.#fatal);
    if (batch.size === 0) return batch.settleEmpty();
    const startedAt = this.#host.clock.now();
    const mark = this.#dialect.marksCommits ? { writerId: this.#writerId, batch: ++this.#batchCount } : null;
    for (let tries = 0; ; tries += 1) {
      const attempt = this.#begin(batch, mark);
      const failure = await this.#attempt(attempt);
      if (failure === undefined) return this.#settle(attempt);
      const waitedMs = this.#host.clock.now() - startedAt;
      const gone = !retriable(failure.kind) || waitedMs > this.#retryMaxMs;
      if (gone || (await this.#recover(attempt, failure, tries)) === 'settled') {
        if (gone) await this.#giveUp(attempt, failure, { waitedMs, divisible });
        return;
      }
    }
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
        else if (!segment.written) {
          settleRows(run, segment, commitRows(toRowBatch(run, segment)))();
          segment.written = true;
        }
      }
    }
    this.#current = interrupted;
    return complete;
  }

  #begin(batch: Batch, mark: CommitMark | null): Attempt {
    const nextRevision = () => `${this.#writerId.slice(0, 13)}.${(++this.#revisionCount).toString(36)}`;
    const attempt = {
      dialect: this.#dialect,
      nextRevision,
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
        await this.#dialect.begin();
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
    for (const settle of attempt.settlements ?? []) settle();
  }

  /** Waits until it makes sense to try again; or finds that the commit had succeeded. */
  async #recover(attempt: Attempt, failure: Failure, tries: number): Promise<'retry' | 'settled'> {
    if (failure.kind !== 'connection') {
      await this.#takeBack(attempt);
      await pause(this.#host.clock, retryDelayMs(failure.kind, tries, this.#host.random()));
      return 'retry';
    }
    await pause(this.#host.clock, retryDelayMs('connection', tries, this.#host.random()));
    const committed = await this.#committedUnheard(attempt);
    if (committed && attempt.settlements !== undefined) {
      this.#settle(attempt);
      return 'settled';
    }
    // Rows are written again to learn what was refused; lines of log would be there twice.
    if (committed) attempt.batch.dropLogs();
    await this.#takeBack(attempt);
    return 'retry';
  }

  async #committedUnheard({ sent, mark }: Attempt): Promise<boolean> {
    try {
      await this.#dialect.reconnect();
      return sent && mark !== null && (await this.#dialect.wasCommitted(mark));
    } catch {
      // Still away. The fate is asked for again after the next try, which writes under the same mark.
      return false;
    }
  }

  async #takeBack(attempt: Attempt): Promise<void> {
    rollBack(attempt.undo);
    await this.#dialect.rollback();
  }

  async #giveUp(
    attempt: Attempt,
    failure: Failure,
    { waitedMs, divisible }: { waitedMs: number; divisible: boolean },
  ): Promise<void> {
    await this.#takeBack(attempt);
    this.#current = undefined;
    const { batch } = attempt;
    if (divisible && failure.kind === 'statement' && !failure.inBody) {
      for (const part of partsOf(batch)) await this.#write(part, false);
      return;
    }
    batch.reject(this.#errorFor(failure, waitedMs));
  }

  #errorFor({ kind, cause }: Failure, waitedMs: number): unknown {
    const { location } = this.#dialect;
    switch (kind) {
      case 'statement':
        return cause;
      case 'full':
        return storeFull(location, cause);
      case 'readonly':
        return storeReadOnly(location, cause);
      case 'busy':
      case 'conflict':
        return storeBusy(location, waitedMs, cause);
      case 'connection':
        return storeUnreachable(location, cause);
      case 'corrupt':
        this.#fatal = corruptDatabase(location, cause);
        return this.#fatal;
      case 'io':
        this.#fatal = storeUnavailable(location, cause);
        return this.#fatal;
    }
  }
}

function retriable(kind: FaultKind): boolean {
  return kind === 'busy' || kind === 'conflict' || kind === 'connection';
}
