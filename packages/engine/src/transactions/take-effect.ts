/**
 * What becomes of a task that has completed: it waits for the transaction around it, or is one of its own and commits.
 */
import { callHooks } from '../run/hooks.ts';
import type { Run } from '../run/model.ts';
import { viewOf } from '../context/run-view.ts';
import { markCommitted, openRecord } from './commit-mark.ts';
import { SharedValues } from './shared-values.ts';

/** Called when its end is recorded. Undefined = there is nothing to wait for. */
export function takeEffect(run: Run): Promise<void> | undefined {
  const { definition, caller } = run;
  if (definition.kind !== 'task') return undefined;
  if (caller !== null && caller.transaction !== null) caller.transaction.joined(run);
  else if (definition.onCommit.length > 0) return commitAlone(run);
  return undefined;
}

/** Called when a run, flow or task, is found to have completed in an earlier execution. */
export async function takeEffectFound(run: Run): Promise<void> {
  const transaction = run.caller?.transaction ?? null;
  if (transaction === null) await takeEffect(run);
  else await transaction.found(run);
}

/** It has completed, whatever its hooks throw: that is logged, as nothing is undone. */
async function commitAlone(run: Run): Promise<void> {
  const { definition, execution } = run;
  const record = openRecord(run);
  if (definition.kind !== 'task' || record === undefined || execution === null) return;
  const values = new SharedValues(null);
  const view = viewOf(run);
  await callHooks(
    run,
    definition.onCommit.map((hook) => () => hook(values, view)),
  );
  markCommitted(record, execution);
  await execution.committed();
}
