/**
 * Deletes what is old (law 8), in steps so small that no other writer waits long: each is a short write of its own, of some
 * hundred rows at most, fewer where the database is slow, with a pause as long as the step between two of them.
 *
 * Runs that have not ended are never touched. The next pass goes on with what a killed process left half-deleted.
 */
import { machineHost, type Timers } from '../adapters/host.ts';
import { blobGraceDefaultMs, type EndedPage, type EndedQuery, type RemovedRows } from '../ports/maintenance.ts';
import type { Store } from '../ports/store.ts';
import type { Transaction } from '../ports/transaction.ts';
import { pauseUnlessAborted } from './abortable-pause.ts';
import { pruneBlobs } from './prune-blobs.ts';

/** Which rows are old, and how many of them to delete. */
export interface PruneOptions {
  /** How long a run is kept after it has ended, in milliseconds. */
  readonly olderThanMs: number;
  /** Outermost runs at most; what is left the next call deletes. */
  readonly limit: number;
  /** The instant to count back from (epoch ms); default: the database's clock. */
  readonly now?: number;
  /** How long a cached value without an expiry is kept, in milliseconds (default one year). */
  readonly cacheOlderThanMs?: number;
  /** How long a value outside the database stays after it was found to have no reference, in milliseconds (default one hour). */
  readonly blobGraceMs?: number;
  /**
   * How old a value that no row refers to must be to count as left over, in milliseconds (default one day); the time of
   * grace comes on top.
   */
  readonly orphanGraceMs?: number;
  /** Looks for such left-overs too, which reads the names of all stored values (default true). */
  readonly orphans?: boolean;
  /** Rows a statement deletes at most (default and cap 500). */
  readonly rowsMax?: number;
  /** Ends early, between two steps, when it is aborted. */
  readonly signal?: AbortSignal;
  /** For the pauses; default: the machine's. */
  readonly clock?: Timers & { now(): number };
}

/** The counts of deleted rows. */
export interface PruneCounts extends RemovedRows {
  readonly cacheEntries: number;
  readonly sessions: number;
  /** Values outside the database: of deleted rows, and left over. */
  readonly blobs: number;
  /** False = there is more: the limit was reached, or it was aborted. */
  readonly complete: boolean;
}

const dayMs = 24 * 60 * 60 * 1000;
const cacheOlderThanDefaultMs = 365 * dayMs;
const orphanGraceDefaultMs = dayMs;
const rowsDefaultMax = 500;
/** Rows looked at in one page: reading delays no writer on PostgreSQL and the event loop for little on SQLite. */
const pageRows = 500;

/**
 * Deletes runs that ended long ago with all that hangs on them, and whatever else is over.
 *
 * @param store the database.
 * @param options the age in milliseconds, and how many outermost runs at most.
 * @returns counts of what was deleted, and whether that was all.
 * @throws what the store throws; what was deleted stays deleted and the next call goes on.
 * @example
 * const { flowRuns } = await pruneStore(store, { olderThanMs: 90 * 24 * 3_600_000, limit: 1_000 });
 */
export async function pruneStore(store: Store, options: Readonly<PruneOptions>): Promise<PruneCounts> {
  const now = options.now ?? (await store.read((transaction) => transaction.now()));
  const pass = new PrunePass(store, options, now);
  return await pass.run();
}

/** One call: its instants, its counts and its pace. */
class PrunePass {
  readonly #store: Store;
  readonly #options: PruneOptions;
  readonly #clock: Timers & { now(): number };
  readonly #endedBefore: number;
  readonly #blobsDueAt: number;
  readonly #now: number;
  readonly #rowsMax: number;
  readonly #counts = {
    flowRuns: 0,
    taskRuns: 0,
    logs: 0,
    artifacts: 0,
    signals: 0,
    cacheEntries: 0,
    sessions: 0,
    blobs: 0,
  };
  #rows: number;
  #outermost = 0;

  constructor(store: Store, options: PruneOptions, now: number) {
    this.#store = store;
    this.#options = options;
    this.#clock = options.clock ?? machineHost.clock;
    this.#now = now;
    this.#endedBefore = now - options.olderThanMs;
    this.#blobsDueAt = now + (options.blobGraceMs ?? blobGraceDefaultMs);
    this.#rowsMax = Math.max(1, Math.min(rowsDefaultMax, options.rowsMax ?? rowsDefaultMax));
    this.#rows = this.#rowsMax;
  }

  async run(): Promise<PruneCounts> {
    await this.#finishRemovals();
    await this.#flowRuns();
    await this.#taskRuns();
    for (const table of ['log', 'artifact'] as const) await this.#gone(table);
    await this.#rest();
    const { signal, limit, orphans = true } = this.#options;
    if (!this.#aborted) {
      this.#counts.blobs = await pruneBlobs(this.#store, {
        dueAt: this.#blobsDueAt,
        orphansBefore: orphans ? this.#now - (this.#options.orphanGraceMs ?? orphanGraceDefaultMs) : null,
        signal,
      });
    }
    return { ...this.#counts, complete: !this.#aborted && this.#outermost < limit };
  }

  get #aborted(): boolean {
    return this.#options.signal?.aborted === true;
  }

  get #room(): number {
    return this.#aborted ? 0 : this.#options.limit - this.#outermost;
  }

  async #flowRuns(): Promise<void> {
    const list = (query: EndedQuery) => this.#store.read(({ maintenance }) => maintenance.endedFlowRuns(query));
    for await (const { ids } of this.#pages(list)) {
      for (const id of ids) {
        if (this.#room <= 0) return;
        const query = { endedBefore: this.#endedBefore, blobsDueAt: this.#blobsDueAt };
        const retired = await this.#step(({ maintenance }) => maintenance.retireFlowRun(id, query));
        if (!retired) continue;
        this.#outermost += 1;
        this.#counts.flowRuns += 1;
        await this.#finishRemovals();
      }
    }
  }

  async #taskRuns(): Promise<void> {
    const list = (query: EndedQuery) => this.#store.read(({ maintenance }) => maintenance.endedTaskRuns(query));
    for await (const page of this.#pages(list)) {
      for (let start = 0; start < page.ids.length && this.#room > 0; ) {
        const ids = page.ids.slice(start, start + Math.min(this.#rows, this.#room));
        const query = { endedBefore: this.#endedBefore, blobsDueAt: this.#blobsDueAt };
        const count = await this.#step(({ maintenance }) => maintenance.retireTaskRuns(ids, query));
        start += ids.length;
        this.#outermost += count;
        this.#counts.taskRuns += count;
        await this.#finishRemovals();
      }
    }
  }

  /** Rows that were written for a run after it was deleted. */
  async #gone(table: 'log' | 'artifact'): Promise<void> {
    for (let after: string | undefined = ''; after !== undefined && !this.#aborted; ) {
      const query = { table, after, limit: pageRows };
      const page: EndedPage = await this.#store.read(({ maintenance }) => maintenance.goneFlowRuns(query));
      if (page.ids.length > 0) await this.#step(({ maintenance }) => maintenance.noteGone(page.ids));
      after = page.after;
    }
    await this.#finishRemovals();
  }

  async *#pages(list: (query: EndedQuery) => Promise<EndedPage>): AsyncIterable<EndedPage> {
    const query = { endedBefore: this.#endedBefore, limit: pageRows };
    for (let after: string | undefined = ''; after !== undefined && this.#room > 0; ) {
      const page: EndedPage = await list({ ...query, after });
      yield page;
      after = page.after;
    }
  }

  /** The rows that belong to runs whose own rows are gone: of this pass, and of one that was killed. */
  async #finishRemovals(): Promise<void> {
    for (const kind of ['flow-run', 'task-run'] as const) {
      const stuck = new Set<string>();
      for (let more = true; more && !this.#aborted; ) {
        const ids = await this.#store.read(({ maintenance }) => maintenance.removals(kind, pageRows));
        const open = ids.filter((id) => !stuck.has(id));
        more = open.length > 0;
        for (const id of open) if (!(await this.#finishRemoval(kind, id))) stuck.add(id);
      }
    }
  }

  /** False = something under it is not over: it waits for the next pass. */
  async #finishRemoval(kind: 'flow-run' | 'task-run', id: string): Promise<boolean> {
    while (!this.#aborted) {
      const query = { limit: this.#rows, blobsDueAt: this.#blobsDueAt };
      const part = await this.#step(({ maintenance }) => maintenance.removePart({ kind, id }, query));
      for (const name of ['flowRuns', 'taskRuns', 'logs', 'artifacts', 'signals'] as const) {
        this.#counts[name] += part.removed[name];
      }
      if (part.complete) return true;
      if (Object.values(part.removed).every((count) => count === 0)) return false;
    }
    return false;
  }

  /** Rows that hang on no run. */
  async #rest(): Promise<void> {
    const cacheOlderThanMs = this.#options.cacheOlderThanMs ?? cacheOlderThanDefaultMs;
    const old = { createdBefore: this.#now - cacheOlderThanMs, blobsDueAt: this.#blobsDueAt };
    const ended = this.#endedBefore;
    await this.#drain('cacheEntries', (limit) => (t) => t.maintenance.removeCacheEntries({ ...old, limit }));
    await this.#drain('logs', (limit) => (t) => t.maintenance.removeLooseLogs({ before: ended, limit }));
    await this.#drain('artifacts', (limit) => (t) => t.maintenance.removeLooseArtifacts({ before: ended, limit }));
    // A session that is over is closed by the sweep; this is for databases without a sweep.
    const before = this.#now - dayMs;
    await this.#drain('sessions', (limit) => (t) => t.maintenance.removeDeadSessions({ before, limit }));
    await this.#drain(null, (limit) => (t) => t.slots.sweep(limit));
    await this.#drain(null, (limit) => (t) => t.changeFeed.prune(limit));
  }

  async #drain(
    name: 'cacheEntries' | 'logs' | 'artifacts' | 'sessions' | null,
    body: (limit: number) => (transaction: Transaction) => Promise<number>,
  ): Promise<void> {
    for (let more = true; more && !this.#aborted; ) {
      const limit = this.#rows;
      const count = await this.#step(body(limit));
      if (name !== null) this.#counts[name] += count;
      more = count === limit;
    }
  }

  /** One short write, then as long a pause. Slow ones make the next one smaller. */
  async #step<T>(body: (transaction: Transaction) => Promise<T>): Promise<T> {
    const startedAt = this.#clock.now();
    const answer = await this.#store.write(body);
    const tookMs = this.#clock.now() - startedAt;
    if (tookMs > 50) this.#rows = Math.max(10, Math.floor(this.#rows / 2));
    else if (tookMs < 20) this.#rows = Math.min(this.#rowsMax, this.#rows * 2);
    await pauseUnlessAborted(this.#clock, Math.min(1_000, tookMs), this.#options.signal);
    return answer;
  }
}
