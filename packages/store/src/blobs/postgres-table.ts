/**
 * Blobs in a table of the same PostgreSQL database, in chunks, so that every process that reads the run can read its
 * values. On connections of its own: a large value never stands in the way of a commit.
 */
import { describeValue } from '@millrace/kernel';
import type pg from 'pg';
import { pause, type StoreHost } from '../adapters/host.ts';
import { retryDelayMs } from '../sql/backoff.ts';
import { classifyPostgres } from '../dialect/postgres/classify.ts';
import {
  beginning,
  connectionConfig,
  createPool,
  parseTarget,
  type PostgresTarget,
} from '../dialect/postgres/connect.ts';
import { postgresSyntax } from '../dialect/postgres/syntax.ts';
import { toMs } from '../sql/instants.ts';
import { prefixEnd } from '../sql/conditions.ts';
import type { BlobEntry, BlobStorage } from '../ports/blob-storage.ts';
import { checkedKey } from '../rows/blob-reference.ts';

const chunkBytes = 1024 * 1024;
const pageSize = 1_000;

export interface PostgresTableOptions {
  readonly url: string;
  readonly durability: 'synced' | 'process';
  readonly host: StoreHost;
  readonly retryMaxMs: number;
  readonly answerMaxMs: number;
  readonly isPooled: boolean;
}

export class PostgresTable implements BlobStorage {
  readonly name = 'postgres';
  readonly #pool: pg.Pool;
  readonly #target: PostgresTarget;
  readonly #table: string;
  readonly #host: StoreHost;
  readonly #retryMaxMs: number;

  constructor(options: PostgresTableOptions) {
    const { host, retryMaxMs } = options;
    const target = { ...parseTarget(options), isPooled: options.isPooled };
    this.#target = target;
    this.#table = `"${target.schema}".blob_chunk`;
    this.#pool = createPool(connectionConfig(target, `millrace blobs ${target.schema}`.slice(0, 63)));
    this.#host = host;
    this.#retryMaxMs = retryMaxMs;
  }

  async put(key: string, content: string | Uint8Array): Promise<void> {
    checkedKey(key);
    const bytes = typeof content === 'string' ? Buffer.from(content, 'utf8') : content;
    await this.#retrying(async () => {
      const client = await this.#pool.connect();
      let failure: Error | undefined;
      try {
        await client.query(beginning(this.#target));
        await client.query(`DELETE FROM ${this.#table} WHERE key = $1`, [key]);
        for (let position = 0; position === 0 || position * chunkBytes < bytes.length; position += 1) {
          const data = Buffer.from(bytes.subarray(position * chunkBytes, (position + 1) * chunkBytes));
          const sql = `INSERT INTO ${this.#table} (key, place, stored_at, data) VALUES ($1, $2, ${postgresSyntax.now}, $3)`;
          await client.query(sql, [key, position, data]);
        }
        await client.query('COMMIT');
      } catch (error) {
        failure = error instanceof Error ? error : new Error(describeValue(error));
        throw error;
      } finally {
        // A connection that failed in a transaction is not used again: the server takes the transaction back.
        client.release(failure);
      }
    });
  }

  async get(key: string): Promise<string | undefined> {
    const text = `SELECT data FROM ${this.#table} WHERE key = $1 ORDER BY place`;
    const query = { text, values: [checkedKey(key)], binary: true };
    const { rows } = await this.#retrying(() => this.#pool.query<{ data: Buffer }>(query));
    return rows.length === 0 ? undefined : Buffer.concat(rows.map(({ data }) => data)).toString('utf8');
  }

  async delete(key: string): Promise<void> {
    await this.#retrying(() => this.#pool.query(`DELETE FROM ${this.#table} WHERE key = $1`, [checkedKey(key)]));
  }

  async *list(prefix: string): AsyncIterable<BlobEntry> {
    const sql = `SELECT key, stored_at FROM ${this.#table} WHERE place = 0 AND key > $1 AND key < $2 ORDER BY key LIMIT $3`;
    for (let after = prefix; ; ) {
      const page = [after, prefixEnd(prefix), pageSize];
      const { rows } = await this.#retrying(() => this.#pool.query<{ key: string; stored_at: number }>(sql, page));
      for (const row of rows) yield { key: row.key, storedAt: toMs(row.stored_at) };
      after = rows.at(-1)?.key ?? after;
      if (rows.length < pageSize) return;
    }
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }

  /** Each verb is the same however often it is done. */
  async #retrying<T>(work: () => Promise<T>): Promise<T> {
    const { clock, random } = this.#host;
    const startedAt = clock.now();
    for (let tries = 0; ; tries += 1) {
      try {
        return await work();
      } catch (error) {
        const kind = classifyPostgres(error);
        const again = kind === 'connection' || kind === 'conflict' || kind === 'busy';
        if (!again || clock.now() - startedAt > this.#retryMaxMs) throw error;
        await pause(clock, retryDelayMs(kind, tries, random()));
      }
    }
  }
}
