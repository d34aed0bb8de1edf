/** `millrace run FILE[:flow]`: runs a flow of a file and shows its runs. */
import { requireFlow } from '@millrace/engine/internal';
import type { CommandContext } from '../../context/command-context.ts';
import { flowArguments, type GivenParameters, hasParameters, missingParameters } from '../../session/flow-arguments.ts';
import { runFlowSession } from '../../session/flow-session.ts';
import { pickFlow, type PickedFlow } from '../../session/pick-flow.ts';
import type { RunSession } from '../../session/run-session.ts';
import { parseTarget } from '../../session/target.ts';

export interface RunFlow extends GivenParameters {
  /** `FILE[:flow]`. */
  readonly target: string;
  /** Idempotency key. */
  readonly key?: string;
  readonly quiet?: boolean;
}

export async function runFlow(context: CommandContext, input: RunFlow): Promise<number> {
  const target = parseTarget(input.target);
  const isQuiet = input.quiet === true;
  return await runFlowSession(context, { target, isQuiet }, async (session, exports) => {
    const ranItself = session.started.length > 0;
    await session.idle();
    const isRequested = target.flow !== null || hasParameters(input) || input.key !== undefined;
    if (ranItself && !isQuiet && !context.isJson) context.terminal.err.write(noteOf(target.shownFile, isRequested));
    if (ranItself && !isRequested) return;
    const picked = pickFlow(target, exports);
    const args = flowArguments(picked.flowName, input);
    const missing = missingParameters(picked.flowName, args);
    if (missing.length > 0 && !isQuiet && !context.isJson)
      context.terminal.err.write(
        `Flow '${picked.flowName}' gets no value for ${missing.join(', ')}, so that is undefined. Give one with -p ${missing[0]}=VALUE.\n`,
      );
    await start(session, picked, { args, key: input.key });
  });
}

function noteOf(file: string, isRequested: boolean): string {
  return isRequested
    ? `${file} also runs a flow when it is loaded.\n`
    : `${file} runs its flow when it is loaded: nothing else was started.\n`;
}

async function start(
  session: RunSession,
  { exported, flowName }: PickedFlow,
  { args, key }: { readonly args: readonly unknown[]; readonly key: string | undefined },
): Promise<void> {
  if (exported !== null) {
    const handle = await (key === undefined ? exported : exported.with({ idempotencyKey: key })).start(...args);
    await handle.result();
    return;
  }
  const definition = requireFlow(flowName);
  const run = session.engine.start(key === undefined ? definition : { ...definition, idempotencyKey: key }, args, {
    outermost: true,
  });
  await run.settled();
  if (run.settlement === 'failed') throw run.value;
}
