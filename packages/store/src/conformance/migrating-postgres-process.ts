/** Brings a PostgreSQL schema up to date, and dies before its statement number n is sent: `migrating-postgres-process.ts URL n`. */
import pg from 'pg';
import { openStore } from '../index.ts';

const [, , url = '', statements = '1'] = process.argv;
let left = Number(statements);
const { query } = pg.Client.prototype;
pg.Client.prototype.query = function counted(this: pg.Client, ...given: unknown[]): unknown {
  left -= 1;
  if (left === 0) process.kill(process.pid, 'SIGKILL');
  return Reflect.apply(query, this, given);
} as typeof query;

const store = await openStore({ url });
await store.close();
