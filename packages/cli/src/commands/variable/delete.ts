/** `millrace variable delete`: deletes a variable. */
import { ConfigurationError } from '@millrace/kernel';
import type { CommandContext } from '../../context/command-context.ts';
import { writeJson } from '../../output/write-json.ts';

export async function deleteVariable(context: CommandContext, input: { readonly name: string }): Promise<undefined> {
  const { variables } = await context.ledger();
  if (!(await variables.remove(input.name)))
    throw new ConfigurationError(`There is no variable '${input.name}'. \`millrace variable ls\` lists what there is.`);
  if (context.isJson) writeJson(context.terminal, { name: input.name });
  else context.terminal.out.write(`Deleted variable '${input.name}'.\n`);
  return undefined;
}
