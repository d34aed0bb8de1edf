import { expect, test } from 'vitest';
import { sqliteModule, withoutItsWarning } from './sqlite-module.ts';

test("only SQLite's own warning is dropped, and only while it loads", () => {
  const { emitWarning } = process;
  const shown: unknown[] = [];
  const listener = (...given: readonly unknown[]): void => void shown.push(given[0]);
  process.emitWarning = listener as typeof emitWarning;
  try {
    withoutItsWarning(() => {
      process.emitWarning('SQLite is an experimental feature and might change at any time', 'ExperimentalWarning');
      process.emitWarning('Something else is an experimental feature', 'ExperimentalWarning');
      process.emitWarning('SQLite is an experimental feature, says the user');
    });
    expect(process.emitWarning).toBe(listener);
  } finally {
    process.emitWarning = emitWarning;
  }
  expect(shown).toEqual([
    'Something else is an experimental feature',
    'SQLite is an experimental feature, says the user',
  ]);
});

test('it loads once', () => {
  expect(sqliteModule()).toBe(sqliteModule());
});
