/**
 * Reads the values of a row, each with a check of its kind. A column that was not selected is NULL for the functions that allow NULL.
 *
 * A value of another kind means that the row is damaged or the query is wrong, so it is refused with the name of its column.
 */
import { type StateType, plainNames } from '@millrace/kernel';
import type { Row, SqlValue } from './dialect.ts';
import { toMs } from './instants.ts';

export function text(row: Row, column: string): string {
  const value = row[column];
  if (typeof value === 'string') return value;
  throw unexpected(column, value, 'text');
}

export function textOrNull(row: Row, column: string): string | null {
  const value = row[column] ?? null;
  if (value === null || typeof value === 'string') return value;
  throw unexpected(column, value, 'text');
}

export function number(row: Row, column: string): number {
  const value = row[column];
  if (typeof value === 'number') return value;
  throw unexpected(column, value, 'a number');
}

export function numberOrNull(row: Row, column: string): number | null {
  const value = row[column] ?? null;
  if (value === null || typeof value === 'number') return value;
  throw unexpected(column, value, 'a number');
}

/** 1 or 0. */
export function flag(row: Row, column: string): boolean {
  return number(row, column) === 1;
}

/** An instant or a duration, in milliseconds. */
export function ms(row: Row, column: string): number {
  return toMs(number(row, column));
}

export function msOrNull(row: Row, column: string): number | null {
  const micros = numberOrNull(row, column);
  return micros === null ? null : toMs(micros);
}

export function stateType(row: Row, column: string): StateType {
  const value = text(row, column);
  if (isStateType(value)) return value;
  throw unexpected(column, value, 'the type of a state');
}

export function isStateType(value: string): value is StateType {
  return Object.hasOwn(plainNames, value);
}

export function tags(row: Row, column: string): string[] {
  const lines = textOrNull(row, column);
  return lines === null
    ? []
    : lines
        .slice(1, -1)
        .split('\n')
        .map((line) => String(JSON.parse(line)));
}

/** Reads what `encodeJson` wrote; the caller names its type, as the store wrote it itself. */
export function json<T>(row: Row, column: string, absent: T): T {
  const value = textOrNull(row, column);
  return value === null ? absent : (JSON.parse(value) as T);
}

function unexpected(column: string, value: SqlValue | undefined, wanted: string): TypeError {
  const found = value === undefined ? 'not selected' : JSON.stringify(value)?.slice(0, 100);
  return new TypeError(`column ${column} holds ${wanted} and is ${found}`);
}
