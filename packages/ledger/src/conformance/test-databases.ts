/** The databases that the suites run on. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore, type Store } from '@millrace/store';
import pg from 'pg';
import { inject } from 'vitest';
import type { MakeDatabase } from './harness.ts';
import { jsonJournal } from './json-journal.ts';

/** One store for all: a database in memory belongs to its connection. */
export const makeMemory: MakeDatabase = async (clock) => {
  const store = await openStore({ url: ':memory:', host: { clock } });
  return {
    open: async () => store,
    async advance(ms) {
      clock.offsetMs += ms;
    },
    [Symbol.asyncDispose]: () => store.close(),
  };
};

/** Each store has its own connections to one file, as processes have. */
export const makeFile: MakeDatabase = async (clock) => {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-ledger-'));
  const stores: Store[] = [];
  return {
    async open() {
      const store = await openStore({ url: join(folder, 'ledger.db'), durability: 'process', host: { clock } });
      stores.push(store);
      return store;
    },
    async advance(ms) {
      clock.offsetMs += ms;
    },
    async [Symbol.asyncDispose]() {
      for (const store of stores) await store.close();
      await rm(folder, { recursive: true });
    },
  };
};

/** From the set-up of the test run; empty when no server answers. */
export const postgresUrl = inject('postgresUrl');

/** A schema for each world, dropped with it. The server's clock can't be moved, so what depends on it is made older. */
export const makeSchema: MakeDatabase = async (clock) => {
  const schema = `ledger_test_${randomBytes(6).toString('hex')}`;
  const location = new URL(postgresUrl);
  location.searchParams.set('schema', schema);
  const client = new pg.Client({ connectionString: postgresUrl });
  await client.connect();
  const stores: Store[] = [];
  return {
    async open() {
      const store = await openStore({ url: location.href, durability: 'process', host: { clock } });
      stores.push(store);
      return store;
    },
    async advance(ms) {
      for (const [table, column] of [
        ['session', 'expires_at'],
        ['flow_run', 'wake_at'],
        ['slot', 'expires_at'],
        ['slot', 'lease_until'],
      ]) {
        await client.query(`UPDATE "${schema}"."${table}" SET ${column} = ${column} - ${Math.trunc(ms * 1_000)}`);
      }
      const micros = Math.trunc(ms * 1_000);
      await client.query(
        `UPDATE "${schema}".flow_run SET start_at = start_at - ${micros}, end_at = end_at - ${micros} WHERE driver = 'client'`,
      );
      await client.query(
        `UPDATE "${schema}".flow_run SET state_details = jsonb_set(state_details::jsonb, '{pauseTimeoutAt}', ` +
          `to_jsonb((state_details::jsonb->>'pauseTimeoutAt')::bigint - ${Math.trunc(ms)}))::text ` +
          `WHERE state_details LIKE '%pauseTimeoutAt%'`,
      );
    },
    async [Symbol.asyncDispose]() {
      for (const store of stores) await store.close();
      await client.query(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`);
      await client.end();
    },
  };
};

/** The same database, reached by the processes through a journal of JSON messages. */
export function throughJson(make: MakeDatabase): MakeDatabase {
  return async (clock) => ({ ...(await make(clock)), journalOver: jsonJournal });
}
