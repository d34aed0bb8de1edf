/**
 * The store of one test's runs: a SQLite file or a PostgreSQL schema of its own, and a folder for what its programs leave
 * beside them. Removed when it is disposed.
 */
import { randomBytes } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FlowRunRecord, TaskRunRecord } from '@millrace/kernel';
import { type Finding, verifyStore } from '@millrace/ledger/verify';
import { openStore, type Store } from '@millrace/store';
import pg from 'pg';
import { Effects } from './effects.ts';

/** The databases that Millrace runs on. */
export const dialects = ['sqlite', 'postgres'] as const;
export type DialectName = (typeof dialects)[number];

/** The records at one moment. */
export interface Snapshot {
  readonly flowRuns: readonly FlowRunRecord[];
  readonly taskRuns: readonly TaskRunRecord[];
}

const pageSize = 200;
const nothing: Snapshot = { flowRuns: [], taskRuns: [] };

export class Sandbox implements AsyncDisposable {
  readonly folder: string;
  /** The value of `MILLRACE_DATABASE_URL`. */
  readonly url: string;
  readonly dialect: DialectName;
  readonly effects: Effects;
  readonly #postgresUrl: string;
  readonly #schema: string;
  #copies = 0;

  /** @param postgresUrl of the server; not asked for by a place on SQLite. */
  constructor(dialect: DialectName, postgresUrl: string) {
    this.dialect = dialect;
    this.folder = mkdtempSync(join(tmpdir(), 'millrace-place-'));
    this.effects = new Effects(join(this.folder, 'effects'));
    this.#postgresUrl = postgresUrl;
    this.#schema = `millrace_test_${randomBytes(6).toString('hex')}`;
    if (dialect === 'sqlite') this.url = join(this.folder, 'millrace.db');
    else {
      const url = new URL(postgresUrl);
      url.searchParams.set('schema', this.#schema);
      this.url = url.href;
    }
  }

  /** The environment of programs started here. */
  get environment(): Readonly<Record<string, string>> {
    return { MILLRACE_HOME: this.folder, MILLRACE_DATABASE_URL: this.url, EFFECTS_FILE: this.effects.file };
  }

  /** Everything that is recorded, while programs may be at work. */
  async records(): Promise<Snapshot> {
    return await this.#reading(this.url, readAll);
  }

  /**
   * The records that dead processes left. On SQLite it is read from a copy of the files, so that the next process meets them
   * as they were left: with a log to recover.
   */
  async remains(): Promise<Snapshot> {
    if (this.dialect === 'postgres') return await this.records();
    if (!existsSync(this.url)) return nothing;
    this.#copies += 1;
    const folder = join(this.folder, `copy-${this.#copies}`);
    mkdirSync(folder);
    const copy = join(folder, 'millrace.db');
    for (const ending of ['', '-wal']) {
      if (existsSync(this.url + ending)) copyFileSync(this.url + ending, copy + ending);
    }
    try {
      return await this.#reading(copy, readAll);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  /** Broken invariants. */
  async verify(): Promise<readonly Finding[]> {
    return await this.#reading(this.url, (store) => verifyStore(store));
  }

  async reading<T>(body: (store: Store) => Promise<T>): Promise<T> {
    return await this.#reading(this.url, body);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    rmSync(this.folder, { recursive: true, force: true });
    if (this.dialect === 'sqlite') return;
    const client = new pg.Client({ connectionString: this.#postgresUrl });
    await client.connect();
    try {
      await client.query(`SET client_min_messages = warning; DROP SCHEMA IF EXISTS ${this.#schema} CASCADE`);
    } finally {
      await client.end();
    }
  }

  async #reading<T>(url: string, body: (store: Store) => Promise<T>): Promise<T> {
    const store = await openStore({ url, durability: 'process' });
    try {
      return await body(store);
    } finally {
      await store.close();
    }
  }
}

/** All rows, oldest first, page by page; task runs with their outcomes. */
async function readAll(store: Store): Promise<Snapshot> {
  const flowRuns = await pages((page) => store.read((transaction) => transaction.flowRuns.list(page)));
  const light = await pages((page) => store.read((transaction) => transaction.taskRuns.list(page)));
  const ids = light.map(({ id }) => id);
  const outcomes = await store.read((transaction) => transaction.taskRuns.outcomes(ids));
  return { flowRuns, taskRuns: light.map((run) => ({ ...run, outcome: outcomes.get(run.id) ?? null })) };
}

async function pages<T extends { readonly id: string }>(
  list: (page: { readonly limit: number; readonly after?: string }) => Promise<readonly T[]>,
): Promise<readonly T[]> {
  const all: T[] = [];
  for (;;) {
    const last = all.at(-1);
    const page = await list(last === undefined ? { limit: pageSize } : { limit: pageSize, after: last.id });
    all.push(...page);
    if (page.length < pageSize) return all.toReversed();
  }
}
