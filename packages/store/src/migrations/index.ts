/** All migrations in their order. New ones go to the end. */
import { createHash } from 'node:crypto';
import type { Syntax } from '../sql/dialect.ts';
import { initial } from './0001-initial.ts';
import type { Migration } from './migration.ts';

export const migrations: readonly Migration[] = [initial];

/** The statements that make the record of migrations itself. */
export function recordTable({ types: { text, integer } }: Syntax): string {
  return `CREATE TABLE IF NOT EXISTS millrace_migration (
    id ${text} NOT NULL PRIMARY KEY,
    checksum ${text} NOT NULL,
    applied_at ${integer} NOT NULL
  )`;
}

export const selectApplied = 'SELECT id, checksum FROM millrace_migration ORDER BY id';
export const insertApplied = 'INSERT INTO millrace_migration (id, checksum, applied_at) VALUES (?, ?, ?)';

/** The checksum that distinguishes an edited migration from the one that was applied. */
export function checksum(migration: Migration, syntax: Syntax): string {
  return createHash('sha256').update(migration.statements(syntax).join(';\n')).digest('hex').slice(0, 32);
}

export interface AppliedMigration {
  readonly id: string;
  readonly checksum: string;
}

/** How the applied migrations stand to the known ones. */
export type SchemaStatus =
  | { readonly kind: 'current' }
  | { readonly kind: 'behind'; readonly missing: readonly Migration[] }
  /** Applied by a newer version of Millrace. */
  | { readonly kind: 'newer'; readonly unknown: readonly string[] }
  /** Applied, but not as this version knows it. */
  | { readonly kind: 'edited'; readonly id: string };

/** Compares what a database has with what this version knows. */
export function schemaStatus(applied: readonly AppliedMigration[], syntax: Syntax): SchemaStatus {
  const known = new Map(migrations.map((migration) => [migration.id, migration]));
  const unknown = applied.filter(({ id }) => !known.has(id)).map(({ id }) => id);
  if (unknown.length > 0) return { kind: 'newer', unknown };
  const edited = applied.find(({ id, checksum: recorded }) => {
    const migration = known.get(id);
    return migration !== undefined && checksum(migration, syntax) !== recorded;
  });
  if (edited !== undefined) return { kind: 'edited', id: edited.id };
  const have = new Set(applied.map(({ id }) => id));
  const missing = migrations.filter(({ id }) => !have.has(id));
  return missing.length === 0 ? { kind: 'current' } : { kind: 'behind', missing };
}
