/**
 * What a run is called: its template or function, or a default as Prefect's (`double-b7f`, `merry-otter`).
 */
import type { Run } from './model.ts';
import { bindParameters, renderRunName, runName } from '@millrace/kernel';
import { contextOf } from '../context/run-context.ts';
import { TaskFrame } from './task-frame.ts';

/** @param args null = they are not known: an upstream failed, so there is nothing to put into a template */
export function taskRunName(run: Run, args: readonly unknown[] | null): string {
  const { definition, caller } = run;
  const given = args === null ? null : definition.runName;
  if (typeof given === 'string') return renderRunName(given, bindParameters(definition.parameterNames, args ?? []));
  if (typeof given === 'function') return given(contextOf(new TaskFrame(run, { place: null, tags: [] })));
  return caller === null ? definition.name : `${definition.name}-${run.id.slice(-3)}`;
}

/** @param parameters null = they are not known, as for a task */
export function flowRunName(run: Run, parameters: Readonly<Record<string, unknown>> | null): string {
  const given = parameters === null ? null : run.definition.runName;
  if (typeof given === 'string') return renderRunName(given, parameters ?? {});
  if (typeof given === 'function') return given(contextOf(new TaskFrame(run, { place: null, tags: [] })));
  return runName(run.engine.random);
}
