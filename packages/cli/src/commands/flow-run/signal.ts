/** `millrace flow-run signal`: sends a signal to a flow run, which need not wait for it yet. */
import { flowRunSummary } from '@millrace/views';
import { encodeValue } from '@millrace/kernel';
import type { CommandContext } from '../../context/command-context.ts';
import { requireFlowRun } from '../../selection/find-run.ts';
import { writeJson } from '../../output/write-json.ts';
import { parseValue } from '../../arguments/parse-value.ts';

export interface SignalFlowRun {
  readonly id: string;
  readonly name: string;
  /** JSON, or a string; absent = undefined. */
  readonly payload?: string;
  /** A second signal with the same name and key is ignored. */
  readonly key?: string;
}

export async function signalFlowRun(context: CommandContext, input: SignalFlowRun): Promise<undefined> {
  const { runs } = await context.ledger();
  const run = await requireFlowRun(runs, input.id);
  const payload = input.payload === undefined ? undefined : parseValue(input.payload);
  await runs.sendSignal(run.id, {
    name: input.name,
    payload: encodeValue(payload, 'payload'),
    ...(input.key === undefined ? {} : { idempotencyKey: input.key }),
  });
  if (context.isJson) writeJson(context.terminal, flowRunSummary(run));
  else context.terminal.out.write(`Flow run '${run.name}' has the signal '${input.name}'.\n`);
  return undefined;
}
