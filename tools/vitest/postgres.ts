/**
 * Finds out once per run whether a PostgreSQL server answers at MILLRACE_TEST_POSTGRES_URL, and passes it to every test file as
 * `inject('postgresUrl')`: the URL, or an empty string when there is none. Tests that need the server are then skipped,
 * and the reason is printed here, once.
 */
import pg from 'pg';
import type { TestProject } from 'vitest/node';

const DEFAULT_URL = 'postgres://postgres@127.0.0.1:5432/postgres';

declare module 'vitest' {
  interface ProvidedContext {
    /** Connection URL of the PostgreSQL server for tests; empty when none answers. */
    postgresUrl: string;
  }
}

/** Run by vitest before any test file. */
export async function setup(project: TestProject): Promise<void> {
  const url = process.env['MILLRACE_TEST_POSTGRES_URL'] ?? DEFAULT_URL;
  const problem = await probe(url);
  if (problem !== undefined) {
    process.stderr.write(
      `PostgreSQL tests are skipped: ${url.replace(/:[^:@/]*@/, ':***@')} does not answer (${problem}).\n`,
    );
  }
  project.provide('postgresUrl', problem === undefined ? url : '');
}

async function probe(url: string): Promise<string | undefined> {
  if (url === '') return 'MILLRACE_TEST_POSTGRES_URL is empty';
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  try {
    await client.connect();
    await client.query('select 1');
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message || error.name : String(error);
  } finally {
    await client.end().catch(() => undefined);
  }
}
