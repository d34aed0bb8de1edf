/**
 * The parameters of a flow: checked before anything is recorded, recorded under their names, and turned into arguments again when a
 * recorded run is taken up.
 */
import { ConfigurationError, decodeValue, encodeValue, NotSerializable, ParameterError } from '@millrace/kernel';
import type { FlowDefinition } from '../definitions/definition.ts';
import { bindParameters, unbindParameters } from '../definitions/bind-parameters.ts';
import { droppedBy, droppedText } from './dropped-parameters.ts';

export interface FlowParameters {
  readonly args: readonly unknown[];
  readonly byName: Readonly<Record<string, unknown>>;
  /** Encoded. */
  readonly text: string;
  /** Names that were given and that the flow's schema dropped. */
  readonly dropped: readonly string[];
}

/**
 * Validates the arguments against the flow's `input` schema, if it has one, and encodes them.
 *
 * @param durable whether the record must be enough to call the body again: outermost runs. A child is called by its
 *   parent's body, so what can't be stored is shown as `<ClassName>` only
 * @throws ParameterError when the schema refuses them; NotSerializable naming the parameter when they must be stored and can't
 */
export async function parametersOf(
  definition: FlowDefinition,
  args: readonly unknown[],
  durable: boolean,
): Promise<FlowParameters> {
  const { input } = definition;
  const checked = input === null || !definition.validate ? args : [await validated(definition, args)];
  if (definition.input !== null) assertObject(definition, checked[0]);
  const byName = named(definition, checked);
  const dropped = input === null ? [] : await droppedBy(input, args[0], checked[0]);
  return { args: checked, byName, text: encoded(definition, byName, durable), dropped };
}

/** Parameters are recorded by name, because nothing else could be distinguished from them when the run is taken up. */
function assertObject({ name }: FlowDefinition, given: unknown): void {
  if (typeof given === 'object' && given !== null && !Array.isArray(given)) return;
  const what = given === null ? 'null' : Array.isArray(given) ? 'an array' : `a ${typeof given}`;
  const message = `must be an object, and is ${what}: put it into one, such as z.object({ value: ... })`;
  throw new ParameterError({ flowName: name, issues: [{ path: '', message }] });
}

/** The arguments and parameters of a recorded run. */
export function parametersFrom(definition: FlowDefinition, text: string): FlowParameters {
  const byName = decodeValue(text) as Record<string, unknown>;
  if (definition.input !== null) return { args: [byName], byName, text, dropped: [] };
  const { parameterNames, restPosition } = definition;
  const unnamed = Object.keys(byName).filter((name) => !parameterNames.includes(name));
  const args = [...unbindParameters(parameterNames, byName, restPosition), ...unnamed.map((name) => byName[name])];
  return { args, byName, text, dropped: [] };
}

/**
 * The parameters with those given in the place of the recorded ones.
 *
 * @throws ConfigurationError for a name that is none of the flow's; ParameterError
 */
export async function changedParameters(
  definition: FlowDefinition,
  recorded: Pick<FlowParameters, 'args' | 'byName'>,
  given: readonly unknown[] | Readonly<Record<string, unknown>>,
): Promise<FlowParameters> {
  const changed = await parametersOf(definition, argumentsOver(definition, recorded, given), true);
  if (changed.dropped.length === 0) return changed;
  throw new ConfigurationError(droppedText(definition, changed.dropped), { names: changed.dropped });
}

/**
 * The arguments that were recorded, with those given in their place.
 *
 * @throws ConfigurationError for a name that is neither the flow's nor recorded
 */
function argumentsOver(
  definition: FlowDefinition,
  recorded: Pick<FlowParameters, 'args' | 'byName'>,
  given: readonly unknown[] | Readonly<Record<string, unknown>>,
): readonly unknown[] {
  if (isList(given)) return [...given, ...recorded.args.slice(given.length)];
  const merged = { ...recorded.byName, ...given };
  if (definition.input !== null) return [merged];
  const names = definition.parameterNames.filter((_, index) => index !== definition.contextPosition);
  const unknown = Object.keys(given).find((name) => !names.includes(name) && !Object.hasOwn(recorded.byName, name));
  if (unknown !== undefined)
    throw new ConfigurationError(
      `Flow '${definition.name}' has no parameter '${unknown}'. ${names.length === 0 ? 'It takes none.' : `It takes ${names.join(', ')}.`}`,
      { name: unknown },
    );
  // Each parameter before the last given one keeps its position, given or not.
  const last = names.findLastIndex((name) => Object.hasOwn(merged, name));
  const before = Object.fromEntries(names.slice(0, last + 1).map((name) => [name, merged[name]]));
  return parametersFrom(definition, encodeValue({ ...before, ...merged }, 'parameters')).args;
}

function isList(given: unknown): given is readonly unknown[] {
  return Array.isArray(given);
}

async function validated(definition: FlowDefinition, args: readonly unknown[]): Promise<unknown> {
  const { input, name } = definition;
  if (args.length > 1) {
    throw new ParameterError({
      flowName: name,
      issues: [{ path: '', message: `takes one object, as its input schema says; got ${args.length} arguments` }],
    });
  }
  const result = await input?.['~standard'].validate(args[0]);
  if (result?.issues === undefined) return result?.value;
  throw new ParameterError({
    flowName: name,
    issues: result.issues.map((issue) => ({ path: pathText(issue.path ?? []), message: issue.message })),
  });
}

function pathText(path: readonly (PropertyKey | { readonly key: PropertyKey })[]): string {
  return path.map((part) => String(typeof part === 'object' ? part.key : part)).join('.');
}

function named(definition: FlowDefinition, args: readonly unknown[]): Readonly<Record<string, unknown>> {
  const [only] = args;
  if (definition.input !== null && typeof only === 'object' && only !== null) return only as Record<string, unknown>;
  return bindParameters(definition.parameterNames, args, definition.restPosition);
}

function encoded(definition: FlowDefinition, byName: Readonly<Record<string, unknown>>, durable: boolean): string {
  try {
    return encodeValue(byName, 'parameters', `flow '${definition.name}'`);
  } catch (error) {
    if (durable || !(error instanceof NotSerializable)) throw error;
    return encodeValue(
      Object.fromEntries(Object.entries(byName).map(([name, value]) => [name, shown(value)])),
      `parameters of ${definition.name}`,
    );
  }
}

function shown(value: unknown): unknown {
  try {
    encodeValue(value, 'parameter');
    return value;
  } catch {
    return `<${(value as object).constructor?.name ?? typeof value}>`;
  }
}
