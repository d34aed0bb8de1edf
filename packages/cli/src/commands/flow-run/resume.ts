/** `millrace flow-run resume`: resumes a run, here if its file is given, otherwise in a serving process. */
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

/** The time given to the run's process to react. */
const patienceMs = 2_000;

export interface ResumeFlowRun extends MoveMany {
  /** Absent: all runs that match the filter. */
  readonly id?: string;
  readonly file?: string;
  /** For a paused run: JSON, or a string. */
  readonly input?: string;
  /** After AmbiguousReplay: match equal calls in their recorded order. */
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
  if (file === undefined) return await resumeRemotely(context, { id, value, trustOrder });
  const target = parseTarget(file);
  return await runFlowSession(context, { target, definesOnly: true }, async (session) => {
    const ledger = await session.engine.ledger();
    const run = await requireResumable(ledger, id, value);
    requireDefined(target, run);
    const handle = await resume(run.id, { trustOrder, ...(value === undefined ? {} : { input: value }) });
    await handle.result();
  });
}

/** Records what a process that serves the flow needs to continue the run. */
async function resumeRemotely(
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
    // An orphaned run can be continued without a change.
  } else if (run.sessionId !== null)
    throw new ConfigurationError(
      `Flow run '${run.name}' is ${state.name} in a live process: there is nothing to resume.`,
      { runId: run.id },
    );
  else
    throw new ConfigurationError(
      `Flow run '${run.name}' is ${state.name}: a process that serves '${run.flowName}' will start it.`,
      { runId: run.id },
    );
  const now = await whenMoved(ledger, run, context.terminal.now);
  if (isUnmoved(run, now))
    throw new ConfigurationError(
      `Flow run '${run.name}' is still ${now.state.name}, in a live process. If it refused the input, its log has the reason: ` +
        `${invokedAs(context.environment)} flow-run logs ${run.id}`,
      { runId: run.id },
    );
  if (context.isJson) writeJson(context.terminal, flowRunSummary(now));
  else context.terminal.out.write(adviceFor(run, now, invokedAs(context.environment)));
  return ExitCode.Ok;
}

/** The run once it has moved, or after a short wait: its own process may be waiting for this input. */
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

/** The run's own process received the input and did not continue. */
function isUnmoved(before: FlowRunRecord, now: FlowRunRecord): boolean {
  return !hasMoved(before, now) && now.state.type === StateType.Paused && now.sessionId !== null;
}

function adviceFor(before: FlowRunRecord, run: FlowRunRecord, command: string): string {
  if (isTerminal(run.state)) return `Flow run '${run.name}' continued and has ended: ${run.state.name}.\n`;
  if (hasMoved(before, run)) return `Flow run '${run.name}' continues: ${run.state.name}.\n`;
  return `Flow run '${run.name}' is ready to continue. A process that serves '${run.flowName}' resumes it:\n  ${command} serve FILE\nor run it here:\n  ${command} flow-run resume ${run.id} FILE\n`;
}

async function requireResumable(ledger: Ledger, id: string, value: unknown): Promise<FlowRunRecord> {
  const run = await requireFlowRun(ledger.runs, id);
  if (run.state.type === StateType.Completed)
    throw new ConfigurationError(
      `Flow run '${run.name}' has completed: there is nothing to resume. \`millrace flow-run rerun ${run.id}\` runs it again.`,
      { runId: run.id },
    );
  if (value !== undefined && run.state.type !== StateType.Paused)
    throw new UsageError(`--input is for paused runs; flow run '${run.name}' is ${run.state.name}.`);
  return run;
}
