/** Refusals of a PostgreSQL server, and things taken away under a running store: one sentence each that names the way out. */
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { openStore, type OpenStoreOptions } from '../index.ts';

const postgresUrl = inject('postgresUrl');
const database = `millrace_refusals_${process.pid}`;
const role = `millrace_role_${process.pid}`;

describe.skipIf(postgresUrl === '')('PostgreSQL refuses', () => {
  let admin: pg.Client;
  let own: pg.Client;
  const urlOf = (change: (url: URL) => void = () => undefined): string => {
    const url = Object.assign(new URL(postgresUrl), { pathname: `/${database}` });
    change(url);
    return url.href;
  };
  const asRole = (url: URL): void => {
    url.username = role;
    url.password = 'secret%20word';
  };
  const opened = (url: string, options: Partial<OpenStoreOptions> = {}) =>
    openStore({ url, retryMaxMs: 500, ...options });

  beforeAll(async () => {
    admin = new pg.Client({ connectionString: postgresUrl });
    await admin.connect();
    await admin.query(`CREATE DATABASE ${database}`);
    await admin.query(`CREATE ROLE ${role} LOGIN PASSWORD 'secret word'`);
    own = new pg.Client({ connectionString: urlOf() });
    await own.connect();
    await (await opened(urlOf())).close();
  }, 60_000);
  afterAll(async () => {
    await own.end();
    await admin.query(`DROP DATABASE ${database} WITH (FORCE)`);
    await admin.query(`DROP ROLE ${role}`);
    await admin.end();
  }, 60_000);

  test('a role that may not make a schema, or use the one that is there', async () => {
    const refused = { code: 'StoreUnavailable', message: expect.stringMatching(/refused.*Grant the role/) };
    await expect(opened(`${urlOf(asRole)}?schema=fresh`)).rejects.toMatchObject(refused);
    await expect(opened(urlOf(asRole))).rejects.toMatchObject(refused);
    await expect(opened(urlOf(asRole))).rejects.not.toThrow(/secret/);
  });

  test('a role that may only select reads, and its writes get a sentence', async () => {
    await own.query(
      `GRANT USAGE ON SCHEMA millrace TO ${role}; GRANT SELECT ON ALL TABLES IN SCHEMA millrace TO ${role}`,
    );
    const store = await opened(urlOf(asRole), { access: 'read' });
    expect(await store.read(({ variables }) => variables.list())).toEqual([]);
    await store.close();
    await expect(opened(urlOf(asRole))).rejects.toMatchObject({
      code: 'StoreUnavailable',
      details: { problem: 'refused' },
    });
  });

  test('a database that is not there', async () => {
    const nowhere = opened(urlOf((url) => Object.assign(url, { pathname: '/millrace_nowhere' })));
    await expect(nowhere).rejects.toMatchObject({ message: expect.stringContaining('Create the database') });
  });

  test('nothing of what its role sets for others', async () => {
    await admin.query(`ALTER ROLE ${role} SET statement_timeout = 1`);
    await admin.query(`ALTER ROLE ${role} SET default_transaction_isolation = serializable`);
    await admin.query(`GRANT CREATE ON DATABASE ${database} TO ${role}`);
    const store = await opened(`${urlOf(asRole)}?schema=strict`);
    const shown = await store.write(() => Promise.resolve(1));
    expect(shown).toBe(1);
    await store.close();
  });

  test('an empty segment between two bodies is no statement', async () => {
    const store = await opened(urlOf());
    const all = [store.write(async () => 1), store.flush(), store.appendLogs([]), store.write(async () => 2)];
    expect(await Promise.all(all)).toEqual([1, undefined, undefined, 2]);
    await store.close();
  });

  test('to find a schema that is dropped under a running store', async () => {
    const store = await opened(`${urlOf()}?schema=dropped`);
    await own.query('DROP SCHEMA dropped CASCADE');
    const set = () =>
      store.write(({ variables }) => variables.set({ name: 'a', tags: [], value: '1', overwrite: true }));
    await expect(set()).rejects.toMatchObject({ code: 'StoreUnavailable', details: { problem: 'gone' } });
    await store.close();
  });
});
