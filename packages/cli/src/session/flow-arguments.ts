/** Parameters from the command line as the arguments of a flow. */
import { type FlowDefinition, requireFlow, unbindParameters } from '@millrace/engine/internal';
import { describeValue } from '@millrace/kernel';
import { parseJson, parsePairs } from '../arguments/parse-value.ts';
import { UsageError } from '../arguments/usage-error.ts';

export interface GivenParameters {
  /** `name=value`. */
  readonly param?: readonly string[];
  /** An object by name, or an array in order. */
  readonly paramJson?: string;
}

/** Whether any parameter was given. */
export function hasParameters({ param = [], paramJson }: GivenParameters): boolean {
  return param.length > 0 || paramJson !== undefined;
}

/**
 * The arguments for a flow. The engine checks them against the flow's schema.
 *
 * @throws UsageError for a parameter that the flow doesn't have, and for broken JSON
 */
export function flowArguments(flowName: string, given: GivenParameters): readonly unknown[] {
  const definition = requireFlow(flowName);
  const whole = wholeParameters(given.paramJson);
  if (Array.isArray(whole)) {
    if (given.param !== undefined)
      throw new UsageError('--param-json with an array already gives all parameters: leave out -p.');
    return whole;
  }
  const named = { ...(whole as Readonly<Record<string, unknown>> | undefined), ...parsePairs(given.param ?? []) };
  if (definition.input !== null) return [named];
  return positional(definition, named);
}

/**
 * The parameters without a value and without a default. They may be optional, because TypeScript's `?` leaves no trace at run time, so a
 * run is not refused for them.
 */
export function missingParameters(flowName: string, args: readonly unknown[]): readonly string[] {
  const { input, body, parameterNames, contextPosition } = requireFlow(flowName);
  if (input !== null) return [];
  // The length of a function is the number of parameters before the first default.
  return parameterNames
    .slice(0, body.length)
    .filter((_, index) => index !== contextPosition && args[index] === undefined);
}

function wholeParameters(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(
      `--param-json is not valid JSON: ${error instanceof Error ? error.message : describeValue(error)}`,
    );
  }
  if (typeof value !== 'object' || value === null)
    throw new UsageError('--param-json takes an object by name, or an array in order.');
  return value;
}

/** A destructured parameter has no name, so it can't be given with -p. */
function takesText(names: readonly string[]): string {
  if (names.length === 0) return 'It takes none.';
  if (!names.some((name) => /^arg\d+$/.test(name))) return `It takes ${names.join(', ')}.`;
  const list = names.map((name) => (/^arg\d+$/.test(name) ? '{...}' : `"${name}"`)).join(', ');
  return `It destructures its parameters, so they have no names: give them as an array, --param-json '[${list}]', or give the flow an input schema.`;
}

function positional(definition: FlowDefinition, named: Readonly<Record<string, unknown>>): readonly unknown[] {
  const names = definition.parameterNames.filter((_, index) => index !== definition.contextPosition);
  const unknown = Object.keys(named).filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    const takes = takesText(names);
    throw new UsageError(`Flow '${definition.name}' has no parameter '${unknown[0]}'. ${takes}`, {
      unknown,
      parameters: names,
    });
  }
  return unbindParameters(names, named, definition.restPosition);
}
