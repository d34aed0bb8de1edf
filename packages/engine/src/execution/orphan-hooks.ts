/**
 * Calls the hooks of a flow run that ended without its process. The process that ended it in its place calls them, so they are called once,
 * if that process has defined the flow.
 */
import type { Engine, Run } from '../runs/model.ts';
import { type FlowRunRecord, StateType } from '@millrace/kernel';
import { findFlow } from '../runs/registry.ts';
import { callHooks } from '../context/hooks.ts';
import { endError } from './replay.ts';
import { createRun } from '../runs/run.ts';

/** Calls the hooks of the run for its end: Crashed, or Cancelled when that was under way. */
export async function callEndHooks(run: Run, record: FlowRunRecord): Promise<void> {
  const { onCrashed, onCancellation } = run.definition.hooks;
  run.attach(record);
  // For what its hooks log: no process owns the run any more.
  run.joinExecution(run.engine.opened.beginStandalone());
  await callHooks(run, record.state.type === StateType.Crashed ? onCrashed : onCancellation, {
    settlement: 'failed',
    value: endError(record),
  });
}

/** The same for runs that a sweep ended. */
export async function callSweptHooks(engine: Engine, flowRunIds: readonly string[]): Promise<void> {
  for (const id of flowRunIds) {
    const record = await engine.opened.runs.flowRun(id);
    const definition = record === undefined ? undefined : findFlow(record.flowName);
    if (record === undefined || definition === undefined) continue;
    await callEndHooks(createRun(engine, definition, { caller: null, args: [] }), record);
  }
}
