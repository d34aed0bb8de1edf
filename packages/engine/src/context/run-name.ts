/**
 * Makes the name of a run: from its template or function, or a default as Prefect's (`double-b7f`, `merry-otter`).
 */
import type { Run } from '../runs/model.ts';
import { ConfigurationError } from '@millrace/kernel';
import { bindParameters } from '../definitions/bind-parameters.ts';
import { fitRunName, renderRunName } from '../definitions/run-name-template.ts';
import { contextOf } from './run-context.ts';
import { leaveHandled } from '../runs/callbacks.ts';
import { frameBeside } from './hook-frame.ts';
import { runName } from './random-run-name.ts';

/** @param args null = unknown, because an upstream failed; then the template is not used */
export function taskRunName(run: Run, args: readonly unknown[] | null): string {
  const { definition, caller } = run;
  const given = args === null ? null : definition.runName;
  const { parameterNames, restPosition } = definition;
  const parameters = given === null ? {} : bindParameters(parameterNames, args ?? [], restPosition);
  if (typeof given === 'string') {
    const name = rendered(run, given, parameters);
    if (name.trim() !== '') return name;
  }
  if (typeof given === 'function') return checked(run, given(contextOf(frameBeside(run), parameters)));
  // The last three digits of an id are always zero: those before them tell runs apart.
  return caller === null ? definition.name : `${definition.name}-${run.id.slice(-6, -3)}`;
}

/** @param parameters null = unknown, as for a task */
export function flowRunName(run: Run, parameters: Readonly<Record<string, unknown>> | null): string {
  const given = parameters === null ? null : run.definition.runName;
  const name = typeof given === 'string' ? rendered(run, given, parameters ?? {}) : '';
  if (name.trim() !== '') return name;
  if (typeof given === 'function') return checked(run, given(contextOf(frameBeside(run, parameters ?? {}))));
  return runName(run.runtime.random);
}

/** Parameters that the call omitted are empty strings. If that leaves the name blank, the run gets its default name. */
function rendered({ definition }: Run, template: string, given: Readonly<Record<string, unknown>>): string {
  const parameters = { ...given };
  const isInput = definition.kind === 'flow' && definition.input !== null;
  for (const [index, name] of definition.parameterNames.entries()) {
    if (!isInput && index !== definition.contextPosition && !Object.hasOwn(given, name)) parameters[name] = undefined;
  }
  return renderRunName(template, parameters);
}

function checked(run: Run, name: unknown): string {
  if (typeof name === 'string' && name.trim() !== '') return fitRunName(name);
  // The promise of an async function is refused, so its rejection has no other handler.
  leaveHandled(name);
  throw new ConfigurationError(
    `runName of ${run.kind} '${run.definition.name}' gave ${name === '' ? 'an empty string' : `a ${typeof name}`}. Let it return the name, a string.`,
  );
}
