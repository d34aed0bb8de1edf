/**
 * The tags of a run: its own, those of the code that starts it, and those that it was recorded with when it is taken up.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { sharedByCopies } from '@millrace/kernel';
import type { Run } from './model.ts';

/** The tags that code outside any run gives to what it starts. */
const outer = sharedByCopies('outer-tags', () => new AsyncLocalStorage<readonly string[]>());

export function outerTags(): readonly string[] {
  return outer.getStore() ?? [];
}

export function withOuterTags<T>(tags: readonly string[], body: () => T): T {
  return outer.run(tags, body);
}

export function tagsOf(run: Run): readonly string[] {
  const given = run.caller === null ? (run.record?.tags ?? outerTags()) : run.caller.tags;
  const own = run.definition.tags;
  if (given.length === 0) return own;
  return own.length === 0 ? given : [...new Set([...given, ...own])];
}
