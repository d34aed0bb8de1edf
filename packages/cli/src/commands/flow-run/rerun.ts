/** `millrace flow-run rerun`: a new run that reuses the results before `--from`, or all completed results (`--failed`). */
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
  /** The first task to run again. */
  readonly from?: string;
  /** Only what did not complete is run again. */
  readonly failed?: boolean;
  /** `name=value`: replaces the original's parameter. */
  readonly param?: readonly string[];
}

export async function rerunFlowRun(context: CommandContext, input: RerunFlowRun): Promise<number> {
  if (input.file === undefined) return await rerunRemotely(context, input);
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

async function rerunRemotely(context: CommandContext, input: RerunFlowRun): Promise<number> {
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
    // The process that executes the run checks the parameters, because this one does not have the flow.
    ...(parameters === undefined
      ? {}
      : { parameters: encodeValue(parameters, 'parameters'), parametersUnchecked: true }),
  });
  const fork = await made.catch((error: unknown) => refuse(error, input));
  if (context.isJson) writeJson(terminal, flowRunSummary(fork));
  else
    terminal.out.write(
      `Created flow run '${fork.name}' (${fork.id}). A process that serves '${fork.flowName}' executes it:\n  ${command} serve FILE\nor run it here:\n  ${command} flow-run resume ${fork.id} FILE\n`,
    );
  return ExitCode.Ok;
}

/** Turns an unknown task or parameter into a usage error, because nothing was created. */
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

/** The original's parameters with the given ones in their place; undefined if none were given. */
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
      `Flow run '${original.name}' has no parameter '${unknown}'. It has ${known.join(', ')}. If the flow takes others, give its file too.`,
    );
  return { ...before, ...given };
}
