/**
 * Commits the effects of a completed task: it joins the transaction around it, or commits alone.
 */
import { callHooks } from '../context/hooks.ts';
import type { KnownCall, Run } from '../runs/model.ts';
import { viewOf } from '../runs/run-view.ts';
import { markCommitted, openRecord } from './commit-mark.ts';
import { completedTask, knownCall } from './completed-task.ts';
import { SharedValues } from './shared-values.ts';

type Call = Pick<KnownCall, 'args' | 'parameters'>;

/** Called when the end of a run, flow or task, is recorded. Undefined = there is nothing to wait for. `call` is null for a flow. */
export function takeEffect(run: Run, call: Call | null, value: unknown): Promise<void> | undefined {
  const { definition, caller } = run;
  const transaction = caller === null ? null : caller.transaction;
  if (transaction !== null) transaction.joined(run, knownCall(run, call, { value }));
  else if (definition.kind === 'task' && definition.onCommit.length > 0)
    return commitAlone(run, knownCall(run, call, { value }));
  return undefined;
}

/** Called when a run, flow or task, is found to have completed in an earlier execution. `call` is null for a flow. */
export async function takeEffectFound(run: Run, call: Call | null): Promise<void> {
  const { definition } = run;
  const transaction = run.caller?.transaction ?? null;
  const known = knownCall(run, call, null);
  if (transaction !== null) await transaction.found(run, known);
  else if (definition.kind === 'task' && definition.onCommit.length > 0) await commitAlone(run, known);
}

/** The task stays completed if a hook throws: nothing can be undone, so the error is only logged. */
async function commitAlone(run: Run, known: KnownCall | null): Promise<void> {
  const { definition, execution } = run;
  const record = openRecord(run);
  if (definition.kind !== 'task' || record === undefined || execution === null) return;
  const values = new SharedValues(null);
  const completed = await completedTask(run.engine, { record, execution, view: viewOf(run), definition, known });
  await callHooks(
    run,
    definition.onCommit.map((hook) => () => hook(values, completed)),
  );
  markCommitted(record, execution);
  await execution.committed();
}
