import { randomBytes } from 'node:crypto';
import { openStore, type Store } from '@millrace/store';
import pg from 'pg';
import { describe, inject } from 'vitest';
import { exerciseLedger } from './conformance/every-suite.ts';
import type { MakeDatabase } from './conformance/harness.ts';

/** Told by the run's set-up; empty when no server answers. */
const url = inject('postgresUrl');

/** A schema for each world, dropped with it. The server's clock can't be moved, so what depends on it is made older. */
const makeSchema: MakeDatabase = async (clock) => {
  const schema = `ledger_test_${randomBytes(6).toString('hex')}`;
  const location = new URL(url);
  location.searchParams.set('schema', schema);
  const client = new pg.Client({ connectionString: url });
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
      ]) {
        await client.query(`UPDATE "${schema}"."${table}" SET ${column} = ${column} - ${Math.trunc(ms)}`);
      }
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

describe.skipIf(url === '')('the ledger on PostgreSQL', () => exerciseLedger(makeSchema));
