/**
 * PostgreSQL through pg: one writing client a process, a small pool for reading, and one more client while there is a watcher.
 *
 * A commit whose answer was lost is neither repeated nor forgotten: each one writes a mark, and a new connection first
 * ends the old one on the server and then reads the mark.
 */
import type pg from 'pg';
import { pause, type StoreHost } from '../../adapters/host.ts';
import { storable } from '../../sql/columns.ts';
import { toMicros } from '../../sql/instants.ts';
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
import type { AnsweringClient } from './answering-client.ts';
import { classifyPostgres, wayOutOf } from './classify.ts';
import { beginning, connect, connectionConfig, createPool, type PostgresTarget } from './connect.ts';
import { Notifications } from './notifications.ts';
import { Preparer } from './prepare.ts';
import { postgresSyntax } from './syntax.ts';
import { type Answer, type Writing, writeRows } from './write-rows.ts';

/** A writer asks for its own last mark within minutes of writing it. */
const markLifeMs = 24 * 60 * 60 * 1000;

/** How long the server has to end a former connection before it is asked again. */
const terminateMs = 1_000;

/**
 * How long a transaction of several bodies waits for a lock that is in no order, such as that of a row that another process
 * inserts under the same key. Less than the server takes to look for a deadlock (a second): the batch is halved before that.
 */
const joinedLockMs = 400;

export interface PostgresDialectOptions {
  readonly target: PostgresTarget;
  readonly host: StoreHost;
  readonly retryMaxMs: number;
}

export class PostgresDialect implements Dialect {
  readonly name = 'postgres';
  readonly marksCommits = true;
  readonly syntax = postgresSyntax;
  readonly location: string;
  readonly isPooled: boolean;
  readonly writer: Statements;
  readonly reader: Statements;
  readonly #options: PostgresDialectOptions;
  readonly #writerName: string;
  readonly #pool: pg.Pool;
  readonly #notifications: Notifications;
  readonly #preparer: Preparer;
  #client: AnsweringClient | undefined;
  #closed = false;

  constructor(options: PostgresDialectOptions) {
    const { target, host } = options;
    this.#options = options;
    this.location = target.location;
    this.isPooled = target.isPooled;
    this.#preparer = new Preparer(target);
    // The first 48 bits: with the schema's name after it, what fits into an application_name.
    const id = host.uniqueId().slice(0, 13);
    this.#writerName = `millrace writer ${id} ${target.schema}`.slice(0, 63);
    this.#pool = createPool(connectionConfig(target, `millrace reader ${id} ${target.schema}`.slice(0, 63)));
    this.#notifications = new Notifications({ target, host, id, pool: this.#pool });
    this.writer = {
      all: async (sql, parameters = [], use) => (await this.#ask(sql, parameters, use)).rows as Row[],
      run: async (sql, parameters = []) => (await this.#ask(sql, parameters)).rowCount ?? 0,
    };
    this.reader = {
      all: (sql, parameters = [], use) => this.#read(sql, parameters, use),
      run: () => Promise.reject(new TypeError('this transaction only reads: use write')),
    };
  }

  async begin(isJoined: boolean): Promise<void> {
    const begin = beginning(this.#options.target);
    await this.#query(isJoined ? `${begin}; SET LOCAL lock_timeout = ${joinedLockMs}` : begin);
  }

  async commit(mark: CommitMark | null): Promise<void> {
    // One message: the mark is there exactly if the commit is. Neither value can hold a quote.
    const marking =
      mark === null
        ? ''
        : `INSERT INTO "${this.#options.target.schema}".writer (id, batch, committed_at) VALUES ('${mark.writerId}', ${mark.batch}, ${postgresSyntax.now}) ` +
          'ON CONFLICT (id) DO UPDATE SET batch = excluded.batch, committed_at = excluded.committed_at; ';
    await this.#query(`${marking}COMMIT`);
    this.#notifications.notify();
  }

  async rollback(): Promise<void> {
    try {
      if (this.#client !== undefined) await this.#query('ROLLBACK');
    } catch {
      this.#drop();
    }
  }

  writeRows(batch: RowBatch, mayWait: boolean): Promise<RowOutcome> {
    return this.#writeRows(batch, { mark: null, mayWait });
  }

  async commitRows(batch: RowBatch, mark: CommitMark | null): Promise<RowOutcome> {
    if (this.isPooled) {
      // One statement would do, but not with the settings that a commit must have.
      await this.begin(false);
      const written = await this.#writeRows(batch, { mark: null, mayWait: true });
      await this.commit(mark);
      return written;
    }
    const outcome = await this.#writeRows(batch, { mark, mayWait: true });
    this.#notifications.notify();
    return outcome;
  }

  async wasCommitted({ writerId, batch }: CommitMark): Promise<boolean> {
    const rows = await this.writer.all('SELECT batch FROM writer WHERE id = ?', [writerId]);
    return rows[0]?.['batch'] === batch;
  }

  async isOlderThan({ writerId, batch }: CommitMark): Promise<boolean> {
    const rows = await this.writer.all('SELECT batch FROM writer WHERE id = ?', [writerId]);
    return ((rows[0]?.['batch'] ?? -1) as number) < batch;
  }

  classify(error: unknown): FaultKind {
    return classifyPostgres(error);
  }

  wayOutOf(error: unknown): string | undefined {
    return wayOutOf(error);
  }

  async reconnect(): Promise<void> {
    if (this.#client !== undefined || this.#closed) return;
    const config = connectionConfig(this.#options.target, this.#writerName);
    const client = await connect(config, (lost) => {
      if (this.#client === lost) this.#client = undefined;
    });
    try {
      await this.#endFormer(client);
    } catch (error) {
      client.end().catch(() => undefined);
      throw error;
    }
    client.unref();
    this.#client = client;
  }

  /**
   * The server may still be at work for the connection that this process has closed: it must be over before the mark of its commit is
   * read. Throws a connection's error while it is not.
   */
  async #endFormer(client: AnsweringClient): Promise<void> {
    // A pooler's idle connections to the server keep the name of who used them last, and may be another's by now.
    const isAtWork = this.isPooled ? " AND state <> 'idle'" : '';
    const former = `FROM pg_stat_activity WHERE application_name = $1 AND pid <> pg_backend_pid()${isAtWork}`;
    const ended = await client.query(`SELECT pg_terminate_backend(pid, ${terminateMs}) AS over ${former}`, [
      this.#writerName,
    ]);
    if (ended.rows.every(({ over }) => over === 't')) return;
    // Not ended by us: it had ended by itself, or is stopped and can't.
    const { rowCount } = await client.query(`SELECT pid ${former}`, [this.#writerName]);
    if (rowCount !== 0) throw new Error('Connection terminated: the server still works for the former one');
  }

  /** Marks of processes that ended long ago. */
  async forgetOldMarks(): Promise<void> {
    const old = `SELECT id FROM writer WHERE committed_at < ${postgresSyntax.now} - ?${postgresSyntax.skipLocked}`;
    await this.#ask(`DELETE FROM writer WHERE id IN (${old})`, [toMicros(markLifeMs, 'markLifeMs')]);
  }

  watch(listener: () => void): { close(): void } {
    return this.#notifications.watch(listener);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#notifications.close();
    const client = this.#client;
    this.#client = undefined;
    client?.ref();
    await client?.end().catch(() => undefined);
    await this.#pool.end().catch(() => undefined);
  }

  #connected(): AnsweringClient {
    if (this.#client === undefined) throw new Error('Connection terminated: not connected');
    return this.#client;
  }

  #drop(): void {
    const client = this.#client;
    this.#client = undefined;
    client?.end().catch(() => undefined);
  }

  #ask(sql: string, parameters: readonly SqlParameter[], use?: 'once'): Promise<pg.QueryResult> {
    return this.#query({ ...this.#preparer.prepare(sql, use), values: bind(parameters) });
  }

  /** The process lives while it waits for an answer, and not because a connection is open. */
  async #query(query: string | pg.QueryConfig): Promise<pg.QueryResult> {
    const client = this.#connected();
    client.ref();
    try {
      return await client.query(query);
    } finally {
      client.unref();
    }
  }

  #writeRows(batch: RowBatch, writing: Writing): Promise<RowOutcome> {
    const ask = async (sql: string, parameters: readonly string[]) => {
      const values = [...parameters];
      return (await this.#query({ ...this.#preparer.prepare(sql), values })).rows as Answer;
    };
    return writeRows(ask, batch, writing);
  }

  async #read(sql: string, parameters: readonly SqlParameter[], use?: 'once'): Promise<readonly Row[]> {
    const { clock, random } = this.#options.host;
    const startedAt = clock.now();
    for (let attempt = 0; ; attempt += 1) {
      try {
        return (await this.#pool.query({ ...this.#preparer.prepare(sql, use), values: bind(parameters) }))
          .rows as Row[];
      } catch (error) {
        const kind = classifyPostgres(error);
        const again = kind === 'connection' || kind === 'conflict';
        if (!again || this.#closed || clock.now() - startedAt > this.#options.retryMaxMs) throw error;
      }
      await pause(clock, Math.min(2_000, 20 * 2 ** Math.min(attempt, 10)) * (0.5 + random() / 2));
    }
  }
}

function bind(parameters: readonly SqlParameter[]): unknown[] {
  return parameters.map((value) => {
    if (typeof value === 'string') return storable(value);
    return Array.isArray(value) ? value.map((text: string) => storable(text)) : value;
  });
}
