/**
 * How the two wide tables are laid out as lists of columns, and the texts made from lists (which are NULL when empty).
 *
 * One list a table makes the INSERT, the UPDATE, the unnest types and the SELECT, so that they can't drift apart.
 */
import type { SqlValue } from './dialect.ts';

export interface Column<TRecord> {
  readonly name: string;
  readonly kind: 'text' | 'integer';
  /** Whether it may change after the row was inserted; `given` = to any value but null, because a light read leaves it out. */
  readonly changes: boolean | 'given';
  readonly value: (record: TRecord) => SqlValue;
}

/** How an upsert sets a column that may change. */
export function assignment<TRecord>({ name, changes }: Column<TRecord>, table: string): string {
  return changes === 'given' ? `${name} = COALESCE(excluded.${name}, ${table}.${name})` : `${name} = excluded.${name}`;
}

/**
 * A whole number for a BIGINT column.
 * @throws RangeError when it is no safe integer: SQLite would keep what PostgreSQL refuses.
 */
export function integer(value: number, field: string): number {
  const whole = Math.round(value);
  if (!Number.isSafeInteger(whole)) throw new RangeError(`${field} is ${value}, which is no whole number below 2^53`);
  return whole === 0 ? 0 : whole;
}

/** Tags one a line, each between line feeds, so that both databases can look one up exactly; null = none. */
export function encodeTags(tags: readonly string[]): string | null {
  if (tags.length === 0) return null;
  return `\n${tags.map((tag) => JSON.stringify(tag)).join('\n')}\n`;
}

/** The text that `contains` must look for to find one tag. */
export function tagPattern(tag: string): string {
  return `\n${JSON.stringify(tag)}\n`;
}

/** Compact JSON; null and empty lists are NULL. */
export function encodeJson(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (Array.isArray(value) && value.length === 0) return null;
  return JSON.stringify(value);
}

/** Text that both databases hold: PostgreSQL has no NUL and neither has lone surrogates. */
export function storable(text: string): string {
  const wellFormed = text.isWellFormed() ? text : text.toWellFormed();
  return wellFormed.includes('\0') ? wellFormed.replaceAll('\0', '\uFFFD') : wellFormed;
}
