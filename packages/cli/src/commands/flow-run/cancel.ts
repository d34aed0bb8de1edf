/** `millrace flow-run cancel`: requests the cancellation of a run and waits until its end is recorded. */
import { flowRunSummary } from '@millrace/views';
import {
  cancelled,
  cancelling,
  ConfigurationError,
  isTerminal,
  type FlowRunRecord,
  type Ledger,
  parseDuration,
  StateType,
  type Verdict,
} from '@millrace/kernel';
import type { CommandContext } from '../../context/command-context.ts';
import { ExitCode } from '../../environment/exit-codes.ts';
import { isFiltered } from '../../selection/run-filter.ts';
import { UsageError } from '../../arguments/usage-error.ts';
import { cancelMany, type MoveMany } from './move-many.ts';
import { requireFlowRun } from '../../selection/find-run.ts';
import { nextChange } from '../../context/next-change.ts';
import { oneLine } from '../../output/text-width.ts';
import { statePaint, stateText } from '../../output/state-look.ts';
import { writeJson } from '../../output/write-json.ts';

export interface CancelFlowRun extends MoveMany {
  /** Absent: all runs that match the filter. */
  readonly id?: string;
  /** The time to wait for the run's process: a duration such as `10s`; `0s` = no wait. */
  readonly wait: string;
}

export async function cancelFlowRun(context: CommandContext, input: CancelFlowRun): Promise<number> {
  const { id } = input;
  if (id === undefined) {
    if (!isFiltered(input)) throw new UsageError('Give the id of a flow run, or a filter such as --flow-name sums.');
    return await cancelMany(context, input);
  }
  if (isFiltered(input)) throw new UsageError('Give the id of a flow run, or a filter such as --state, not both.');
  const waitMs = parseDuration(input.wait, '--wait');
  const ledger = await context.ledger();
  const run = await requireFlowRun(ledger.runs, id);
  const { terminal } = context;
  if (run.state.type === StateType.Cancelled) {
    report(context, run, 'is cancelled already');
    return ExitCode.Ok;
  }
  if (isTerminal(run.state)) throw notCancelled(run, `it has ended as ${run.state.name}.`);
  const isOrphan = (await ledger.runs.orphans([run])).has(run.id);
  // A run that is Cancelling in a live process needs no second request, only the wait.
  if (run.state.type !== StateType.Cancelling || isOrphan) {
    const reason = input.reason ?? run.state.message ?? 'cancelled from the command line';
    const isRequested = run.state.type === StateType.Cancelling;
    const state = isRequested ? cancelled(terminal.now(), reason) : cancelling(terminal.now(), reason);
    const verdict = await ledger.runs.propose(run.id, { state, by: 'api' });
    if (isRefused(verdict)) throw notCancelled(run, reasonOf(verdict));
  }
  const ended = await waitForEnd(ledger, run.id, { until: terminal.now() + waitMs, now: terminal.now });
  const now = ended ?? run;
  report(context, now, isTerminal(now.state) ? 'has ended' : 'is being cancelled; its process has not ended it yet');
  return isTerminal(now.state) && now.state.type !== StateType.Cancelled ? ExitCode.Failed : ExitCode.Ok;
}

function notCancelled({ id, name }: FlowRunRecord, reason: string): ConfigurationError {
  return new ConfigurationError(`Flow run '${name}' was not cancelled: ${reason}`, { runId: id });
}

function isRefused(verdict: Verdict): boolean {
  return (
    verdict.status === 'ABORT' || verdict.status === 'WAIT' || (verdict.status === 'REJECT' && verdict.changes === null)
  );
}

function reasonOf(verdict: Verdict): string {
  return verdict.status === 'ACCEPT' ? 'accepted' : verdict.reason;
}

async function waitForEnd(
  ledger: Ledger,
  id: string,
  limit: { readonly until: number; readonly now: () => number },
): Promise<FlowRunRecord | undefined> {
  for (;;) {
    const run = await ledger.runs.flowRun(id);
    if (run === undefined || isTerminal(run.state) || limit.now() >= limit.until) return run;
    await nextChange(ledger);
  }
}

function report({ terminal, isJson }: CommandContext, run: FlowRunRecord, what: string): void {
  if (isJson) {
    writeJson(terminal, flowRunSummary(run));
    return;
  }
  const { out } = terminal;
  out.write(
    `Flow run '${oneLine(run.name)}' ${what}.  ${statePaint(run.state.type, out)(stateText(run.state, terminal))}\n`,
  );
}
