/** `millrace flow-run resume`: takes a run up, here when its file is given, by a serving process otherwise. */
import { flowRunSummary } from '@millrace/views';
import { resumeSignal } from '@millrace/engine/internal';
import { resume } from '@millrace/engine';
import {
  awaitsResume,
  ConfigurationError,
  encodeValue,
  type FlowRunRecord,
  isTerminal,
  type Ledger,
  resuming,
  StateType,
} from '@millrace/kernel';
import type { CommandContext } from '../../context/command-context.ts';
import { ExitCode } from '../../environment/exit-codes.ts';
import { isFiltered } from '../../selection/run-filter.ts';
import { reopen } from './reopen.ts';
import { type MoveMany, resumeMany } from './move-many.ts';
import { requireFlowRun } from '../../selection/find-run.ts';
import { invokedAs } from '../../environment/invoked-as.ts';
import { nextChange } from '../../context/next-change.ts';
import { writeJson } from '../../output/write-json.ts';
import { parseValue } from '../../arguments/parse-value.ts';
import { runFlowSession } from '../../session/flow-session.ts';
import { requireDefined } from '../../session/pick-flow.ts';
import { parseTarget } from '../../session/target.ts';
import { UsageError } from '../../arguments/usage-error.ts';

/** How long a process is given to take up what it waited for. */
const patienceMs = 2_000;

export interface ResumeFlowRun extends MoveMany {
  /** Absent: all that match. */
  readonly id?: string;
  readonly file?: string;
  /** For a paused run; JSON, or text. */
  readonly input?: string;
  /** After AmbiguousReplay: the recorded order is right. */
  readonly trustOrder?: boolean;
}

export async function resumeFlowRun(context: CommandContext, given: ResumeFlowRun): Promise<number> {
  const { id, file, input, trustOrder = false } = given;
  if (id === undefined) {
    if (!isFiltered(given)) throw new UsageError('Give the id of a flow run, or say which, such as --state CRASHED.');
    if (input !== undefined) throw new UsageError('--input is for one paused run: give its id.');
    return await resumeMany(context, given);
  }
  if (isFiltered(given)) throw new UsageError('Give the id of a flow run, or a filter such as --state, not both.');
  const value = input === undefined ? undefined : parseValue(input);
  if (file === undefined) return await resumeElsewhere(context, { id, value, trustOrder });
  const target = parseTarget(file);
  return await runFlowSession(context, { target, definesOnly: true }, async (session) => {
    const ledger = await session.engine.ledger();
    const run = await requireResumable(ledger, id, value);
    requireDefined(target, run);
    const handle = await resume(run.id, { trustOrder, ...(value === undefined ? {} : { input: value }) });
    await handle.result();
  });
}

/** Moves the run so that a process which serves its flow takes it up. */
async function resumeElsewhere(
  context: CommandContext,
  { id, value, trustOrder }: { readonly id: string; readonly value: unknown; readonly trustOrder: boolean },
): Promise<number> {
  const ledger = await context.ledger();
  const run = await requireResumable(ledger, id, value);
  const { state } = run;
  if (state.type === StateType.Paused && state.details?.pauseKey !== undefined) {
    const signal = { name: resumeSignal(state.details.pauseKey), payload: encodeValue(value, 'input') };
    await ledger.runs.sendSignal(run.id, signal);
  } else if (isTerminal(state)) await reopen(ledger, run, { now: context.terminal.now(), trustOrder });
  else if (awaitsResume(state) && run.sessionId === null) {
    const resumed = resuming(context.terminal.now(), 'resumed from the command line');
    await ledger.runs.propose(run.id, { state: resumed, by: 'api' });
  } else if ((await ledger.runs.orphans([run])).has(run.id)) {
    // It can be taken up as it is.
  } else if (run.sessionId !== null)
    throw new ConfigurationError(
      `Flow run '${run.name}' is ${state.name} in a process that is alive: there is nothing to resume.`,
      { runId: run.id },
    );
  else
    throw new ConfigurationError(
      `Flow run '${run.name}' is ${state.name}: a process that serves '${run.flowName}' takes it up by itself.`,
      { runId: run.id },
    );
  const now = await whenMoved(ledger, run, context.terminal.now);
  if (isUnmoved(run, now))
    throw new ConfigurationError(
      `Flow run '${run.name}' is ${now.state.name} still, in a process that is alive. If it refused the input, its log says why: ` +
        `${invokedAs(context.environment)} flow-run logs ${run.id}`,
      { runId: run.id },
    );
  if (context.isJson) writeJson(context.terminal, flowRunSummary(now));
  else context.terminal.out.write(adviceFor(run, now, invokedAs(context.environment)));
  return ExitCode.Ok;
}

/** Its own process may wait for just this: given a moment, it goes on. */
async function whenMoved(ledger: Ledger, before: FlowRunRecord, now: () => number): Promise<FlowRunRecord> {
  const until = now() + patienceMs;
  for (;;) {
    const run = (await ledger.runs.flowRun(before.id)) ?? before;
    if (hasMoved(before, run) || now() >= until) return run;
    await nextChange(ledger);
  }
}

function hasMoved(before: FlowRunRecord, run: FlowRunRecord): boolean {
  return run.state.at !== before.state.at && run.state.type !== StateType.Scheduled;
}

/** Its own process had the input, and made nothing of it. */
function isUnmoved(before: FlowRunRecord, now: FlowRunRecord): boolean {
  return !hasMoved(before, now) && now.state.type === StateType.Paused && now.sessionId !== null;
}

function adviceFor(before: FlowRunRecord, run: FlowRunRecord, command: string): string {
  if (isTerminal(run.state)) return `Flow run '${run.name}' went on and has ended: ${run.state.name}.\n`;
  if (hasMoved(before, run)) return `Flow run '${run.name}' goes on: ${run.state.name}.\n`;
  return `Flow run '${run.name}' is marked to go on. A process that serves '${run.flowName}' takes it up:\n  ${command} serve FILE\nor run it here:\n  ${command} flow-run resume ${run.id} FILE\n`;
}

async function requireResumable(ledger: Ledger, id: string, value: unknown): Promise<FlowRunRecord> {
  const run = await requireFlowRun(ledger.runs, id);
  if (run.state.type === StateType.Completed)
    throw new ConfigurationError(
      `Flow run '${run.name}' has completed: there is nothing to resume. \`millrace flow-run rerun ${run.id}\` does it again.`,
      { runId: run.id },
    );
  if (value !== undefined && run.state.type !== StateType.Paused)
    throw new UsageError(`--input is for paused runs; flow run '${run.name}' is ${run.state.name}.`);
  return run;
}
