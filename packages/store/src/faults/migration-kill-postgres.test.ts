/** F17 on PostgreSQL: kill -9 at a migration's statement n. The next start goes on from there; no half schema is ever seen. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { taskRun } from '../conformance/harness.ts';
import { openStore } from '../index.ts';
import { migrations } from '../migrations/index.ts';

const postgresUrl = inject('postgresUrl');
const prefix = `millrace_dies_${process.pid}`;
const wholeSchema = `${prefix}_whole`;
const ids = migrations.map(({ id }) => id);

function urlOf(schema: string): string {
  const url = new URL(postgresUrl);
  url.searchParams.set('schema', schema);
  return url.href;
}

describe.skipIf(postgresUrl === '')('kill -9 in the middle of a migration on PostgreSQL', () => {
  let admin: pg.Client;
  const schemas = [wholeSchema];
  beforeAll(async () => {
    admin = new pg.Client({ connectionString: postgresUrl });
    await admin.connect();
    await (await openStore({ url: urlOf(wholeSchema) })).close();
  });
  afterAll(async () => {
    for (const schema of schemas) await admin.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
    await admin.end();
  });

  const startAndDie = async (schema: string, statements: number) => {
    const program = new URL('../conformance/migrating-postgres-process.ts', import.meta.url);
    const child = fork(program, [urlOf(schema), `${statements}`], {
      execArgv: ['--conditions=millrace-source', '--no-warnings'],
    });
    return (await once(child, 'exit')) as [number | null, string | null];
  };
  /** Tables, columns and indexes, without the schema's name. */
  const shapeOf = async (schema: string) => {
    const columns = await admin.query(
      'SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns WHERE table_schema = $1 ORDER BY 1, 2',
      [schema],
    );
    const indexes = await admin.query('SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = $1 ORDER BY 1', [
      schema,
    ]);
    return JSON.stringify([columns.rows, indexes.rows]).replaceAll(schema, '');
  };
  const appliedIn = async (schema: string): Promise<readonly string[]> => {
    const found = await admin.query('SELECT to_regclass($1) AS record', [`${schema}.millrace_migration`]);
    if (found.rows[0]?.record === null) return [];
    const { rows } = await admin.query(`SELECT id FROM ${schema}.millrace_migration ORDER BY id`);
    return rows.map((row: { id: string }) => row.id);
  };

  test.each([1, 2, 3, 4, 5, 6, 8, 12, 20, 30, 40, 46, 52])('at statement %i', async (statements) => {
    const schema = `${prefix}_${statements}`;
    schemas.push(schema);
    expect(await startAndDie(schema, statements)).toEqual([null, 'SIGKILL']);
    // The server notices that the process is gone, and takes its transaction back.
    await expect
      .poll(async () => {
        const like = `%${schema}`;
        const { rowCount } = await admin.query('SELECT 1 FROM pg_stat_activity WHERE application_name LIKE $1', [like]);
        return rowCount;
      })
      .toBe(0);
    const applied = await appliedIn(schema);
    expect(applied).toEqual(ids.slice(0, applied.length));
    const store = await openStore({ url: urlOf(schema) });
    await store.putTaskRun(taskRun(), null);
    await store.close();
    expect(await appliedIn(schema)).toEqual(ids);
    expect(await shapeOf(schema)).toBe(await shapeOf(wholeSchema));
  });
});
