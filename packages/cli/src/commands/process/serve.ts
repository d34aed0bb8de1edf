/** `millrace serve FILE`: executes runs of a file's flows until the process is stopped. */
import { flowNames } from '@millrace/engine/internal';
import type { CommandContext } from '../../context/command-context.ts';
import { ExitCode } from '../../environment/exit-codes.ts';
import { runFlowSession } from '../../session/flow-session.ts';
import { exportedFlows, pickFlow } from '../../session/pick-flow.ts';
import { parseTarget, type Target } from '../../session/target.ts';
import { UsageError } from '../../arguments/usage-error.ts';

export interface ServeFlows {
  readonly target: string;
  readonly limit?: number;
}

export async function serveFlows(context: CommandContext, input: ServeFlows): Promise<number> {
  const target = parseTarget(input.target);
  await runFlowSession(context, { target, definesOnly: true, isServing: true }, async (session, exports) => {
    const names = servedFlows(target, exports);
    await session.serve(names, input.limit === undefined ? {} : { limit: input.limit });
  });
  return ExitCode.Ok;
}

function servedFlows(target: Target, exports: Readonly<Record<string, unknown>>): readonly string[] {
  if (target.flow !== null) return [pickFlow(target, exports).flowName];
  const exported = [...exportedFlows(exports).values()].map(({ flowName }) => flowName);
  const names = [...new Set(exported.length > 0 ? exported : flowNames())];
  if (names.length === 0) throw new UsageError(`${target.shownFile} defines no flow to serve.`);
  return names;
}
