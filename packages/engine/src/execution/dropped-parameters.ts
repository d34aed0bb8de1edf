/**
 * Warns of parameters that a flow's `input` schema dropped, because most schemas strip unknown fields and so a mistyped name would be lost
 * silently.
 */
import { encodeValue } from '@millrace/kernel';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { FlowDefinition } from '../definitions/definition.ts';

/**
 * The names that were given and made no difference. A schema that gives a name another one has not dropped it: so each name
 * that is missing is left out once, and counts if the schema then gives the same.
 *
 * @param output the schema's, for the object that was given
 */
export async function droppedBy(input: StandardSchemaV1, given: unknown, output: unknown): Promise<readonly string[]> {
  if (!isRecord(given) || !isRecord(output) || given === output) return [];
  const missing = Object.keys(given).filter((name) => !Object.hasOwn(output, name));
  const dropped: string[] = [];
  for (const name of missing) {
    const { [name]: _, ...rest } = given;
    if (await givesTheSame(input, rest, output)) dropped.push(name);
  }
  return dropped;
}

export function droppedText({ name }: FlowDefinition, dropped: readonly string[]): string {
  const names = dropped.map((each) => `'${each}'`).join(', ');
  return `The input schema of flow '${name}' drops ${names}: the flow does not get ${dropped.length === 1 ? 'it' : 'them'}. Correct the name, or add it to the schema.`;
}

async function givesTheSame(input: StandardSchemaV1, given: unknown, output: unknown): Promise<boolean> {
  try {
    const result = await input['~standard'].validate(given);
    return result.issues === undefined && encodeValue(result.value, 'value') === encodeValue(output, 'value');
  } catch {
    return false;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
