import { expect, it } from 'vitest';
import { Preparer, qualified } from './prepare.ts';

it.each([
  ['SELECT id FROM flow_run WHERE flow_run.id = ?', 'SELECT id FROM "user".flow_run WHERE flow_run.id = ?'],
  ['SELECT 1 FROM a JOIN slot ON slot.id = a.id', 'SELECT 1 FROM a JOIN "user".slot ON slot.id = a.id'],
  ['UPDATE signal SET a = 1', 'UPDATE "user".signal SET a = 1'],
  ['INSERT INTO log (a) SELECT a FROM log_in', 'INSERT INTO "user".log (a) SELECT a FROM log_in'],
  ['ON CONFLICT (id) DO UPDATE SET a = 1', 'ON CONFLICT (id) DO UPDATE SET a = 1'],
  ['FOR NO KEY UPDATE OF flow_run', 'FOR NO KEY UPDATE OF flow_run'],
  ['CREATE INDEX a ON task_run (id)', 'CREATE INDEX a ON "user".task_run (id)'],
  ['CREATE TABLE IF NOT EXISTS millrace_migration (', 'CREATE TABLE IF NOT EXISTS "user".millrace_migration ('],
])('names the schema of each table: %s', (sql, text) => {
  expect(qualified(sql, 'user')).toBe(text);
});

it('names a statement by its text, the same in every process, and not at all behind a pooler', () => {
  const [one, other] = [new Preparer({ schema: 'a', isPooled: false }), new Preparer({ schema: 'a', isPooled: false })];
  other.prepare('SELECT 0');
  expect(one.prepare('SELECT ?, ?')).toEqual(other.prepare('SELECT ?, ?'));
  expect(one.prepare('SELECT ?, ?')).toMatchObject({
    name: expect.stringMatching(/^millrace_[0-9a-f]{32}$/),
    text: 'SELECT $1, $2',
  });
  expect(one.prepare('SELECT 1').name).not.toBe(one.prepare('SELECT 2').name);
  expect(one.prepare('SELECT ?, 1', 'once')).toEqual({ text: 'SELECT $1, 1' });
  expect(new Preparer({ schema: 'a', isPooled: true }).prepare('SELECT ?')).toEqual({ text: 'SELECT $1' });
});
