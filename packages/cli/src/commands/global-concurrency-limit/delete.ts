/** `millrace global-concurrency-limit delete`: deletes a limit; its waiters go on without one. */
import { LimitNotFound } from '@millrace/kernel';
import type { CommandContext } from '../../context/command-context.ts';
import { writeJson } from '../../output/write-json.ts';

export async function deleteLimit(context: CommandContext, input: { readonly name: string }): Promise<undefined> {
  const { limits } = await context.ledger();
  if (!(await limits.remove(input.name))) throw new LimitNotFound({ limitName: input.name });
  if (context.isJson) writeJson(context.terminal, { name: input.name });
  else context.terminal.out.write(`Deleted concurrency limit '${input.name}'.\n`);
  return undefined;
}
