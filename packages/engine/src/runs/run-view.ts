/**
 * Makes the view of a run for hooks and contexts.
 */
import type { RunView } from '../definitions/run-context.ts';
import type { Run } from './model.ts';

/** The view of a run as it is now: a copy. */
export function viewOf(run: Run): RunView {
  if (run.shown !== null) return run.shown;
  const { definition, record } = run;
  return {
    id: run.id,
    name: run.name,
    kind: definition.kind,
    definitionName: definition.name,
    tags: record?.tags ?? definition.tags,
    runCount: record?.runCount ?? 0,
    version: definition.version,
  };
}
