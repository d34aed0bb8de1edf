/** `millrace flow-run start`: submits a run of a file's flow to the processes that serve it; nothing runs here. */
import { flowRunSummary } from '@millrace/views';
import { enqueueRun, requireFlow } from '@millrace/engine/internal';
import type { CommandContext } from '../../context/command-context.ts';
import { invokedAs } from '../../environment/invoked-as.ts';
import { writeJson } from '../../output/write-json.ts';
import { flowArguments, type GivenParameters } from '../../session/flow-arguments.ts';
import { runFlowSession } from '../../session/flow-session.ts';
import { pickFlow } from '../../session/pick-flow.ts';
import { parseTarget } from '../../session/target.ts';

export interface StartFlowRun extends GivenParameters {
  /** `FILE[:flow]`. */
  readonly target: string;
  /** Idempotency key. */
  readonly key?: string;
}

export async function startFlowRun(context: CommandContext, input: StartFlowRun): Promise<number> {
  const target = parseTarget(input.target);
  return await runFlowSession(context, { target, definesOnly: true, isServing: true }, async (session, exports) => {
    const { exported, flowName } = pickFlow(target, exports);
    const args = flowArguments(flowName, input);
    const handle =
      exported === null
        ? await enqueueRun({ definition: keyed(requireFlow(flowName), input.key), args }, {})
        : await (input.key === undefined ? exported : exported.with({ idempotencyKey: input.key })).enqueue(...args);
    const run = await (await session.engine.ledger()).runs.flowRun(handle.id);
    if (run === undefined) return;
    const command = invokedAs(context.environment);
    if (context.isJson) writeJson(context.terminal, flowRunSummary(run));
    else
      context.terminal.out.write(
        `Submitted flow run '${run.name}' (${run.id}). A process that serves '${run.flowName}' starts it:\n  ${command} serve ${input.target}\n`,
      );
  });
}

function keyed<T extends { readonly idempotencyKey: string | null }>(definition: T, key: string | undefined): T {
  return key === undefined ? definition : { ...definition, idempotencyKey: key };
}
