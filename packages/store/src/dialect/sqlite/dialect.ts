/**
 * SQLite through node:sqlite: one writing connection a process, one reading beside it.
 *
 * WAL, so that readers never wait and never see what is not committed. A database in memory has no second connection:
 * its reads wait until no transaction is open. Another process's lock is a `busy` fault, never waited for in here
 * except by `reader`, which asks again a few times by itself.
 */
import type { StoreHost } from '../../adapters/host.ts';
import { pause } from '../../adapters/host.ts';
import type {
  CommitMark,
  Dialect,
  FaultKind,
  Row,
  RowBatch,
  RowOutcome,
  SqlParameter,
  Statements,
} from '../../sql/dialect.ts';
import { classifySqlite, TransactionTakenBack } from './classify.ts';
import type { SqliteConnection } from './connection.ts';
import { endsRun, type DatabaseFile } from './database-file.ts';
import { sqliteSyntax } from './syntax.ts';
import { watchDataVersion } from './watch.ts';
import { writeRows } from './write-rows.ts';

/** A reader meets a lock only while another process recovers or closes the WAL: moments. */
const readAttemptsMax = 200;

/** How long a process that exits waits for the locks of others. */
const syncWaitMs = 5_000;

export interface SqliteDialectOptions {
  readonly writer: SqliteConnection;
  /** null = in memory: the writer reads too. */
  readonly reader: SqliteConnection | null;
  readonly location: string;
  readonly host: StoreHost;
  /** Absent in memory, and where nothing is written. */
  readonly file?: DatabaseFile;
}

export class SqliteDialect implements Dialect {
  readonly name = 'sqlite';
  readonly marksCommits = false;
  readonly syntax = sqliteSyntax;
  readonly location: string;
  readonly writer: Statements;
  readonly reader: Statements;
  readonly #writer: SqliteConnection;
  readonly #reader: SqliteConnection | null;
  readonly #host: StoreHost;
  readonly #file: DatabaseFile | undefined;
  #writing = false;
  /** Whether the open transaction ends a run. */
  #endsRun = false;
  #idle: Promise<void> | undefined;
  #becomeIdle: (() => void) | undefined;

  constructor({ writer, reader, location, host, file }: SqliteDialectOptions) {
    this.#file = file;
    this.#writer = writer;
    this.#reader = reader;
    this.#host = host;
    this.location = location;
    this.writer = {
      all: async (sql, parameters = [], use) => this.#open().all(sql, parameters, use),
      run: async (sql, parameters = []) => this.#open().run(sql, parameters),
    };
    this.reader = {
      all: (sql, parameters = [], use) => this.#read(sql, parameters, use),
      run: () => Promise.reject(new TypeError('this transaction only reads: use write')),
    };
  }

  async begin(): Promise<void> {
    this.#writer.run('BEGIN IMMEDIATE', []);
    this.#writing = true;
    this.#idle = new Promise((resolve) => {
      this.#becomeIdle = resolve;
    });
  }

  async commit(): Promise<void> {
    const writer = this.#open();
    this.#file?.check(this.#endsRun);
    writer.run('COMMIT', []);
    this.#ended();
  }

  async rollback(): Promise<void> {
    this.#takeBack();
  }

  async writeRows(batch: RowBatch): Promise<RowOutcome> {
    this.#endsRun ||= endsRun(batch);
    return writeRows(this.#open(), batch);
  }

  async commitRows(batch: RowBatch): Promise<RowOutcome> {
    return this.commitRowsNow(batch);
  }

  commitRowsNow(batch: RowBatch): RowOutcome {
    this.#writer.prepare('BEGIN IMMEDIATE').run();
    this.#writing = true;
    try {
      const outcome = writeRows(this.#writer, batch);
      this.#file?.check(endsRun(batch));
      this.#writer.prepare('COMMIT').run();
      this.#ended();
      return outcome;
    } catch (error) {
      this.#takeBack();
      throw error;
    }
  }

  commitRowsSync(batch: RowBatch): RowOutcome {
    this.#takeBack();
    // Nothing else can be done meanwhile: here, and only here, a lock is waited for.
    this.#writer.database.exec(`PRAGMA busy_timeout = ${syncWaitMs}`);
    try {
      return this.commitRowsNow(batch);
    } finally {
      this.#writer.database.exec('PRAGMA busy_timeout = 0');
    }
  }

  async wasCommitted(_mark: CommitMark): Promise<boolean> {
    return false;
  }

  classify(error: unknown): FaultKind {
    return classifySqlite(error);
  }

  async reconnect(): Promise<void> {}

  watch(listener: () => void): { close(): void } {
    if (this.#reader === null) return { close: () => undefined };
    return watchDataVersion({ connection: this.#writer, timers: this.#host.background, listener });
  }

  async close(): Promise<void> {
    this.#takeBack();
    this.#reader?.close();
    this.#writer.close();
  }

  /** The writer while its transaction is open. */
  #open(): SqliteConnection {
    if (!this.#writing) throw new TransactionTakenBack();
    return this.#writer;
  }

  #takeBack(): void {
    try {
      if (this.#writing) this.#writer.run('ROLLBACK', []);
    } catch {
      // SQLite has rolled back by itself (full disk, I/O error): nothing is open any more.
    }
    this.#ended();
  }

  #ended(): void {
    const becomeIdle = this.#becomeIdle;
    this.#writing = false;
    this.#endsRun = false;
    this.#idle = undefined;
    this.#becomeIdle = undefined;
    becomeIdle?.();
  }

  async #read(sql: string, parameters: readonly SqlParameter[], use?: 'once'): Promise<readonly Row[]> {
    // A process whose runs all sleep writes nothing: it finds out here.
    this.#file?.check(false);
    if (this.#reader === null) {
      while (this.#idle !== undefined) await this.#idle;
      return this.#writer.all(sql, parameters, use);
    }
    for (let attempt = 1; ; attempt += 1) {
      try {
        return this.#reader.all(sql, parameters, use);
      } catch (error) {
        if (classifySqlite(error) !== 'busy' || attempt === readAttemptsMax) throw error;
      }
      await pause(this.#host.clock, 1 + this.#host.random() * 10);
    }
  }
}
