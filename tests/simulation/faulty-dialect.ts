/**
 * One process's connection to the shared database, with the faults of disks, locks and networks that the seed decides. A
 * lost connection after the commit is the worst of it: the commit took place without an answer.
 */
import type { CommitMark, Dialect, FaultKind, RowBatch, RowOutcome, Statements } from '@millrace/store/internal';
import type { CommitWatch } from './commit-watch.ts';
import type { SharedDatabase } from './shared-database.ts';
import type { PeerProcess } from './peer-process.ts';
import type { World } from './world.ts';

type Moment = 'begin' | 'commit' | 'after commit' | 'read' | 'reconnect';

/** How often each fault comes, for one seed. */
export interface FaultRates {
  readonly busy: number;
  readonly lost: number;
  readonly lostAfterCommit: number;
  readonly full: number;
  readonly conflict: number;
  readonly slow: number;
  readonly crash: number;
}

class Fault extends Error {
  readonly kind: FaultKind;
  constructor(kind: FaultKind) {
    super(`simulated: ${kind}`);
    this.kind = kind;
  }
}

export interface FaultyDialectOptions {
  readonly world: World;
  readonly database: SharedDatabase;
  readonly process: PeerProcess;
  readonly rates: FaultRates;
  readonly watch: CommitWatch;
}

export class FaultyDialect implements Dialect {
  readonly marksCommits = true;
  readonly writer: Statements;
  readonly reader: Statements;
  readonly #options: FaultyDialectOptions;
  readonly #inner: Dialect;
  readonly #listeners = new Set<() => void>();

  constructor(options: FaultyDialectOptions) {
    this.#options = options;
    this.#inner = options.database.inner;
    this.writer = this.#inner.writer;
    this.reader = {
      all: async (sql, parameters = []) => {
        await this.#meet('read');
        while (options.database.holder !== null) await this.#pause(5, 'reads when the writer has ended');
        return await this.#inner.reader.all(sql, parameters);
      },
      run: this.#inner.reader.run,
    };
  }

  get name(): Dialect['name'] {
    return this.#inner.name;
  }
  get location(): string {
    return this.#inner.location;
  }
  get syntax(): Dialect['syntax'] {
    return this.#inner.syntax;
  }

  async begin(isJoined: boolean): Promise<void> {
    await this.#meet('begin');
    const { database, process } = this.#options;
    if (database.holder !== null) throw new Fault('busy');
    database.holder = process;
    await this.#inner.begin(isJoined);
  }

  async commit(mark: CommitMark | null): Promise<void> {
    await this.#meet('commit');
    await this.#inner.commit(null);
    this.#options.database.holder = null;
    await this.#committed(mark);
  }

  async rollback(): Promise<void> {
    const { database, process } = this.#options;
    if (database.holder !== process) return;
    database.holder = null;
    await this.#inner.rollback();
  }

  writeRows(batch: RowBatch, mayWait: boolean): Promise<RowOutcome> {
    return this.#inner.writeRows(batch, mayWait);
  }

  async commitRows(batch: RowBatch, mark: CommitMark | null): Promise<RowOutcome> {
    await this.#meet('begin');
    await this.#meet('commit');
    if (this.#options.database.holder !== null) throw new Fault('busy');
    const outcome = await this.#inner.commitRows(batch, null);
    await this.#committed(mark);
    return outcome;
  }

  async wasCommitted(mark: CommitMark): Promise<boolean> {
    return this.#options.database.marks.has(nameOf(mark));
  }

  classify(error: unknown): FaultKind {
    return error instanceof Fault ? error.kind : this.#inner.classify(error);
  }

  reconnect(): Promise<void> {
    return this.#meet('reconnect');
  }

  watch(listener: () => void): { close(): void } {
    const entry = (): void => listener();
    this.#listeners.add(entry);
    return { close: () => void this.#listeners.delete(entry) };
  }

  /** Another process has committed: the notification comes late, or never. */
  notify(): void {
    const { world, process } = this.#options;
    if (this.#listeners.size === 0 || world.random.chance(0.2)) return;
    world.schedule(process, world.random.between(0, 150), {
      label: 'hears of a commit',
      run: () => {
        for (const listener of [...this.#listeners]) listener();
      },
    });
  }

  async close(): Promise<void> {}

  async #committed(mark: CommitMark | null): Promise<void> {
    const { database, watch, process } = this.#options;
    if (mark !== null) database.marks.add(nameOf(mark));
    watch.committed(process, await database.changes());
    await this.#meet('after commit');
  }

  async #meet(moment: Moment): Promise<void> {
    const { world, process, rates } = this.#options;
    if (!world.isFaulty) {
      if (moment === 'commit') await this.#pause(0.2, moment);
      return;
    }
    const { random } = world;
    if (random.chance(rates.slow))
      await this.#pause(random.between(1, random.chance(0.1) ? 400 : 12), `slow ${moment}`);
    else if (moment !== 'read' || random.chance(0.2)) await this.#pause(random.unit(), moment);
    if (random.chance(rates.crash)) {
      process.crash(`at ${moment}`);
      await new Promise<never>(() => {});
    }
    const kind = this.#faultAt(moment);
    if (kind === undefined) return;
    world.note(process, `${kind} at ${moment}`);
    throw new Fault(kind);
  }

  #faultAt(moment: Moment): FaultKind | undefined {
    const { random } = this.#options.world;
    const { busy, lost, lostAfterCommit, full, conflict } = this.#options.rates;
    if (moment === 'begin' && random.chance(busy)) return 'busy';
    if (moment === 'commit' && random.chance(conflict)) return 'conflict';
    if (moment === 'commit' && random.chance(full)) return 'full';
    if (moment === 'after commit') return random.chance(lostAfterCommit) ? 'connection' : undefined;
    if (moment !== 'read' && random.chance(lost)) return 'connection';
    return undefined;
  }

  #pause(delayMs: number, label: string): Promise<void> {
    const { world, process } = this.#options;
    return world.pause(process, delayMs, label);
  }
}

function nameOf({ writerId, batch }: CommitMark): string {
  return `${writerId} ${batch}`;
}
