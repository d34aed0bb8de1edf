/** `millrace flow-run delete`: removes runs with all their descendants. Runs of live processes stay. */
import { RunNotFound } from '@millrace/kernel';
import type { CommandContext } from '../../context/command-context.ts';
import { requireFlowRun } from '../../selection/find-run.ts';
import { writeJson } from '../../output/write-json.ts';

export async function deleteFlowRuns(
  context: CommandContext,
  input: { readonly ids: readonly string[] },
): Promise<undefined> {
  const { runs } = await context.ledger();
  const found = await Promise.all(input.ids.map((id) => requireFlowRun(runs, id)));
  const deleted: { readonly id: string; readonly name: string }[] = [];
  for (const { id, name } of found) {
    if (!(await runs.remove(id))) throw new RunNotFound({ runId: id });
    deleted.push({ id, name });
    if (!context.isJson) context.terminal.out.write(`Deleted flow run '${name}' (${id}) and all its descendants.\n`);
  }
  if (context.isJson) writeJson(context.terminal, deleted);
  return undefined;
}
