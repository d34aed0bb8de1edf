/**
 * What a run is called: its template or function, or a default as Prefect's (`double-b7f`, `merry-otter`).
 */
import type { Run } from './model.ts';
import { bindParameters, renderRunName, runName } from '@millrace/kernel';
import { contextOf } from '../context/run-context.ts';
import { TaskFrame } from './task-frame.ts';

export function taskRunName(run: Run, args: readonly unknown[]): string {
  const { definition, caller } = run;
  const { runName: given } = definition;
  if (typeof given === 'string') return renderRunName(given, bindParameters(definition.parameterNames, args));
  if (typeof given === 'function') return given(contextOf(new TaskFrame(run, { place: null, tags: [] })));
  return caller === null ? definition.name : `${definition.name}-${run.id.slice(-3)}`;
}

export function flowRunName(run: Run, parameters: Readonly<Record<string, unknown>>): string {
  const { runName: given } = run.definition;
  if (typeof given === 'string') return renderRunName(given, parameters);
  if (typeof given === 'function') return given(contextOf(new TaskFrame(run, { place: null, tags: [] })));
  return runName(run.engine.random);
}
