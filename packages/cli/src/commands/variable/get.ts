/** `millrace variable get`: one value for scripts: a string as it is, anything else as JSON. */
import { plainJson } from '@millrace/views';
import { ConfigurationError, decodeValue } from '@millrace/kernel';
import type { CommandContext } from '../../context/command-context.ts';
import { writeJson } from '../../output/write-json.ts';

export async function getVariable(context: CommandContext, input: { readonly name: string }): Promise<undefined> {
  const { variables } = await context.readLedger();
  const text = await variables.get(input.name);
  if (text === undefined)
    throw new ConfigurationError(`There is no variable '${input.name}'. \`millrace variable ls\` lists what there is.`);
  const value = decodeValue(text);
  const { terminal } = context;
  if (context.isJson) writeJson(terminal, { name: input.name, value: plainJson(value) });
  else terminal.out.write(`${typeof value === 'string' ? value : JSON.stringify(plainJson(value), null, 2)}\n`);
  return undefined;
}
