/**
 * What hooks and contexts are told of a run: a small copy, safe to keep.
 */
import type { Run } from '../run/run.ts';

/** A run, as hooks and `context()` see it. */
export interface RunView {
  readonly id: string;
  readonly name: string;
  readonly kind: 'flow' | 'task';
  /** The flow's or task's name. */
  readonly definitionName: string;
  readonly tags: readonly string[];
  /** 1 for the first attempt. */
  readonly runCount: number;
  readonly version: string | null;
}

export function viewOf(run: Run): RunView {
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
