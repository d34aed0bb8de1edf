import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';
import { expect, inject, it, onTestFinished } from 'vitest';
import { lookAtStore, openStore } from './index.ts';

function newFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-look-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, 'home', 'millrace.db');
}

it('tells what is behind a SQLite path, and makes nothing', async () => {
  const url = newFile();
  expect(await lookAtStore(url)).toBe('absent');
  expect(existsSync(join(url, '..'))).toBe(false);
  await (await openStore({ url })).close();
  expect(await lookAtStore(url)).toBe('ready');
  const older = new DatabaseSync(url);
  older.exec('PRAGMA user_version = 0');
  older.close();
  const before = readFileSync(url);
  expect(await lookAtStore(url)).toBe('behind');
  expect(readFileSync(url).equals(before)).toBe(true);
  writeFileSync(url, 'a text');
  expect(await lookAtStore(url)).toBe('ready');
});

it.skipIf(inject('postgresUrl') === '')('tells what is behind a PostgreSQL URL, and makes nothing', async () => {
  const client = new pg.Client({ connectionString: inject('postgresUrl') });
  await client.connect();
  const schema = `look_${process.pid}`;
  const url = new URL(inject('postgresUrl'));
  url.searchParams.set('schema', schema);
  try {
    expect(await lookAtStore(url.href)).toBe('absent');
    const made = await client.query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [schema]);
    expect(made.rowCount).toBe(0);
    await (await openStore({ url: url.href })).close();
    expect(await lookAtStore(url.href)).toBe('ready');
  } finally {
    await client.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
    await client.end();
  }
});
