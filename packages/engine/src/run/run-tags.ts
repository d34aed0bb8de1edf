/**
 * The tags of a run: its own, and those of the code that starts it.
 */
import type { Run } from './model.ts';

export function tagsOf(run: Run): readonly string[] {
  const outer = run.caller?.tags ?? [];
  const own = run.definition.tags;
  if (outer.length === 0) return own;
  return own.length === 0 ? outer : [...new Set([...outer, ...own])];
}
