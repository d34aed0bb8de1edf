/** Selects one of a module's flows: by name, or the only one. */
import { flowNames, nearest } from '@millrace/engine/internal';
import type { Flow } from '@millrace/engine';
import { UsageError } from '../arguments/usage-error.ts';
import type { Target } from './target.ts';

export type AnyFlow = Flow<readonly unknown[], unknown>;

/** The selected flow: the exported object, or only its name if the module does not export it. */
export interface PickedFlow {
  readonly flowName: string;
  readonly exported: AnyFlow | null;
}

/** The flows that a module exports, each once, by the name of the export. */
export function exportedFlows(exports: Readonly<Record<string, unknown>>): ReadonlyMap<string, AnyFlow> {
  const flows = new Map<string, AnyFlow>();
  for (const [name, value] of Object.entries(exports))
    if (isFlow(value) && ![...flows.values()].includes(value)) flows.set(name, value);
  return flows;
}

/**
 * Selects the flow of a target.
 *
 * @throws UsageError if there is none, or if there are several and the target names none
 */
export function pickFlow(target: Target, exports: Readonly<Record<string, unknown>>): PickedFlow {
  const exported = exportedFlows(exports);
  const defined = flowNames();
  if (target.flow !== null) return namedFlow(target, exported, defined);
  const [only, ...others] = exported.values();
  if (only !== undefined && others.length === 0) return { flowName: only.flowName, exported: only };
  const [onlyDefined, ...otherDefined] = defined;
  if (only === undefined && onlyDefined !== undefined && otherDefined.length === 0)
    return { flowName: onlyDefined, exported: null };
  const names = only === undefined ? defined : [...exported.keys()];
  if (names.length === 0)
    throw new UsageError(
      `${target.shownFile} defines no flow. Export one, such as: export const main = flow('main', async () => { ... })`,
    );
  const choices = names.slice(0, 10).map((name) => `  millrace run ${target.shownFile}:${name}`);
  throw new UsageError(`${target.shownFile} has ${names.length} flows. Name one:\n${choices.join('\n')}`, {
    flows: names,
  });
}

/**
 * Checks that the file defines the flow of a run.
 *
 * @throws UsageError with the flows that it defines
 */
export function requireDefined({ shownFile }: Target, run: { readonly name: string; readonly flowName: string }): void {
  const defined = flowNames();
  if (defined.includes(run.flowName)) return;
  const there = defined.length === 0 ? 'It defines no flow.' : `It defines ${defined.slice(0, 10).join(', ')}.`;
  throw new UsageError(
    `Flow run '${run.name}' is of the flow '${run.flowName}', which ${shownFile} does not define. ${there}`,
    { flow: run.flowName },
  );
}

function namedFlow(target: Target, exported: ReadonlyMap<string, AnyFlow>, defined: readonly string[]): PickedFlow {
  const name = target.flow ?? '';
  const found = exported.get(name) ?? [...exported.values()].find(({ flowName }) => flowName === name);
  if (found !== undefined) return { flowName: found.flowName, exported: found };
  if (defined.includes(name)) return { flowName: name, exported: null };
  const names = [...new Set([...exported.keys(), ...defined])];
  const there = names.length === 0 ? 'It defines none.' : `It has ${names.slice(0, 10).join(', ')}.`;
  const near = nearest(name, names);
  const suggestion = near === undefined ? '' : ` Did you mean ${near}?`;
  throw new UsageError(`${target.shownFile} has no flow '${name}'. ${there}${suggestion}`, { flow: name });
}

function isFlow(value: unknown): value is AnyFlow {
  return typeof value === 'function' && 'flowName' in value && typeof value.flowName === 'string' && 'start' in value;
}
