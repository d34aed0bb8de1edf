/** `millrace variable set`: creates a variable, or replaces one with --overwrite. */
import { assertName, ConfigurationError, encodeValue } from '@millrace/kernel';
import type { CommandContext } from '../../context/command-context.ts';
import { writeJson } from '../../output/write-json.ts';
import { parseValue } from '../../arguments/parse-value.ts';

export interface SetVariable {
  readonly name: string;
  /** JSON, or a string. */
  readonly value: string;
  readonly overwrite?: boolean;
  readonly tag?: readonly string[];
}

export async function setVariable(context: CommandContext, input: SetVariable): Promise<undefined> {
  const { name, overwrite = false, tag = [] } = input;
  assertName('variable', name);
  const value = parseValue(input.value);
  const { variables } = await context.ledger({ makes: true });
  const isSet = await variables.set({ name, value: encodeValue(value, `variable '${name}'`), tags: tag, overwrite });
  if (!isSet) throw new ConfigurationError(`The variable '${name}' exists already: --overwrite replaces it.`);
  if (context.isJson) writeJson(context.terminal, { name, value, tags: tag });
  else context.terminal.out.write(`Set variable '${name}'.\n`);
  return undefined;
}
