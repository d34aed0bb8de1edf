/** `millrace flow-run rerun`: a new run that reuses what came before `--from`, or what completed (`--failed`); here when the file is given, by a serving process otherwise. */
import { flowRunSummary } from '@millrace/views';
import { rerun } from '@millrace/engine';
import { runName } from '@millrace/engine/internal';
import { createIdSource, decodeValue, encodeValue, type FlowRunRecord, isMillraceError } from '@millrace/kernel';
import type { CommandContext } from '../../context/command-context.ts';
import { ExitCode } from '../../environment/exit-codes.ts';
import { requireFlowRun } from '../../selection/find-run.ts';
import { invokedAs } from '../../environment/invoked-as.ts';
import { writeJson } from '../../output/write-json.ts';
import { parsePairs } from '../../arguments/parse-value.ts';
import { runFlowSession } from '../../session/flow-session.ts';
import { requireDefined } from '../../session/pick-flow.ts';
import { parseTarget } from '../../session/target.ts';
import { UsageError } from '../../arguments/usage-error.ts';

export interface RerunFlowRun {
  readonly id: string;
  readonly file?: string;
  /** The task from which on everything is done again. */
  readonly from?: string;
  /** Only what did not complete is done again. */
  readonly failed?: boolean;
  /** `name=value`, in place of the original's. */
  readonly param?: readonly string[];
}

export async function rerunFlowRun(context: CommandContext, input: RerunFlowRun): Promise<number> {
  if (input.file === undefined) return await rerunElsewhere(context, input);
  const target = parseTarget(input.file);
  return await runFlowSession(context, { target, definesOnly: true }, async (session) => {
    const { runs } = await session.engine.ledger();
    const original = await requireFlowRun(runs, input.id);
    requireDefined(target, original);
    const parameters = input.param === undefined ? undefined : parsePairs(input.param);
    const handle = await rerun(original.id, {
      ...startOf(input),
      ...(parameters === undefined ? {} : { parameters }),
    }).catch((error: unknown) => refuse(error, input));
    await handle.result();
  });
}

async function rerunElsewhere(context: CommandContext, input: RerunFlowRun): Promise<number> {
  const { runs, blobs } = await context.ledger();
  const original = await requireFlowRun(runs, input.id);
  const recorded = input.param === undefined ? '' : await blobs.fetch(original.parameters, { runId: original.id });
  const parameters = changedParameters({ ...original, parameters: recorded }, input.param);
  const { terminal } = context;
  const command = invokedAs(context.environment);
  const made = runs.fork(original.id, {
    id: createIdSource({ now: terminal.now, randomBytes: (count) => crypto.getRandomValues(new Uint8Array(count)) })(),
    name: runName(Math.random),
    ...startOf(input),
    // This process does not know the flow: the one that takes the run up does.
    ...(parameters === undefined
      ? {}
      : { parameters: encodeValue(parameters, 'parameters'), parametersUnchecked: true }),
  });
  const fork = await made.catch((error: unknown) => refuse(error, input));
  if (context.isJson) writeJson(terminal, flowRunSummary(fork));
  else
    terminal.out.write(
      `Made flow run '${fork.name}' (${fork.id}). A process that serves '${fork.flowName}' takes it up:\n  ${command} serve FILE\nor run it here:\n  ${command} flow-run resume ${fork.id} FILE\n`,
    );
  return ExitCode.Ok;
}

/** A task that never began, or a parameter that the flow does not have: nothing was made, as for any command line that is wrong. */
function refuse(error: unknown, { param }: RerunFlowRun): never {
  if (!isMillraceError(error) || error.code !== 'ConfigurationError') throw error;
  const { message, details } = error;
  if (!('from' in details) && !(param !== undefined && 'name' in details)) throw error;
  throw new UsageError(message, details);
}

function startOf({ from, failed }: RerunFlowRun): Pick<RerunFlowRun, 'from' | 'failed'> {
  if (from !== undefined && failed === true) throw new UsageError('Give --from or --failed, not both.');
  return { ...(from === undefined ? {} : { from }), ...(failed === undefined ? {} : { failed }) };
}

/** The original's parameters with those that were given in their place; undefined = as they were. */
function changedParameters(
  original: FlowRunRecord,
  pairs: readonly string[] | undefined,
): Readonly<Record<string, unknown>> | undefined {
  if (pairs === undefined) return undefined;
  const before = decodeValue(original.parameters) as Readonly<Record<string, unknown>>;
  const given = parsePairs(pairs);
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(before, name));
  const known = Object.keys(before);
  if (unknown !== undefined && known.length > 0)
    throw new UsageError(
      `Flow run '${original.name}' has no parameter '${unknown}'. It has ${known.join(', ')}. Give the file of its flow too if the flow takes another.`,
    );
  return { ...before, ...given };
}
