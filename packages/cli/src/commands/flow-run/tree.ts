/** `millrace flow-run tree`: a flow run and all its descendants, with states and durations. */
import { treeDocument, TreeReader } from '@millrace/views';
import type { CommandContext } from '../../context/command-context.ts';
import { requireFlowRun } from '../../selection/find-run.ts';
import { writeJson } from '../../output/write-json.ts';
import { storedAt } from '../../environment/stored-at.ts';
import { renderTree } from '../../display/render-tree.ts';

export async function showTree(context: CommandContext, input: { readonly id: string }): Promise<undefined> {
  const { runs } = await context.readLedger();
  const run = await requireFlowRun(runs, input.id);
  const tree = await new TreeReader(runs).read(run.id);
  if (tree === undefined) return undefined;
  const { terminal } = context;
  const location = storedAt(context.environment);
  if (context.isJson) {
    writeJson(terminal, { ...treeDocument(tree.root), storedAt: location, isPartial: tree.isPartial });
    return undefined;
  }
  const { out } = terminal;
  const look = { channel: out, isUnicode: terminal.isUnicode, now: terminal.now() };
  for (const line of renderTree(tree.root, look)) out.write(`${line}\n`);
  if (tree.isPartial) out.write(out.paint.dim('There are more flow runs than are shown here.\n'));
  out.write(out.paint.dim(`\n${run.id}  in ${location}\n`));
  return undefined;
}
