/** `millrace flow-run inspect`: everything recorded about one flow run. */
import {
  durationText,
  flowRunDocument,
  localTime,
  orphanText,
  relativeTime,
  type RunExtras,
  runDurationMs,
  waitText,
} from '@millrace/views';
import type { FlowRunRecord, Runs } from '@millrace/kernel';
import type { CommandContext } from '../../context/command-context.ts';
import { requireFlowRun } from '../../selection/find-run.ts';
import { writeHistory, writeOutcome } from '../../output/run-details.ts';
import { statePaint, stateText } from '../../output/state-look.ts';
import { writeFields } from '../../output/table.ts';
import type { Terminal } from '../../output/terminal.ts';
import { oneLine } from '../../output/text-width.ts';
import { storedValue, valueBlock } from '../../output/value-text.ts';
import { writeJson } from '../../output/write-json.ts';

export async function inspectFlowRun(context: CommandContext, input: { readonly id: string }): Promise<undefined> {
  const { runs } = await context.readLedger();
  const run = await requireFlowRun(runs, input.id);
  const outcome = await runs.outcome(run);
  const extras = { orphan: (await runs.orphans([run])).get(run.id), waiting: (await runs.waits([run])).get(run.id) };
  if (context.isJson) writeJson(context.terminal, flowRunDocument(run, outcome, extras));
  else await describe(context.terminal, runs, { run, outcome, extras });
  return undefined;
}

async function describe(
  terminal: Terminal,
  runs: Runs,
  {
    run,
    outcome,
    extras,
  }: { readonly run: FlowRunRecord; readonly outcome: string | null; readonly extras: RunExtras },
): Promise<void> {
  const { out } = terminal;
  const now = terminal.now();
  const took = runDurationMs({ ...run, orphan: extras.orphan }, now);
  const waiting = run.waiting ?? extras.waiting ?? null;
  const when = (at: number | null): string | null =>
    at === null ? null : `${localTime(at)}  ${out.paint.dim(relativeTime(at, now))}`;
  const tasks = (await runs.countTaskRuns({ flowRunId: run.id })).reduce((total, { count }) => total + count, 0);
  writeFields(out, [
    ['Flow run', out.paint.bold(oneLine(run.name))],
    ['Id', run.id],
    ['Flow', oneLine(run.flowName) + (run.flowVersion === null ? '' : ` (version ${oneLine(run.flowVersion)})`)],
    [
      'State',
      statePaint(run.state.type, out)(stateText(run.state, terminal, extras.orphan)) +
        (run.state.message === null ? '' : `  ${oneLine(run.state.message)}`),
    ],
    ['Orphaned', extras.orphan === undefined ? null : orphanText(extras.orphan, now)],
    ['Waiting', waiting === null ? null : waitText(waiting, now)],
    ['Created', when(run.createdAt)],
    ['Started', when(run.startAt)],
    ['Ended', when(run.endAt)],
    ['Took', took === null ? null : durationText(took)],
    ['Attempts', run.runCount > 1 ? String(run.runCount) : null],
    ['Crashes', run.crashCount > 0 ? `${run.crashCount} (of at most ${run.policy.crashRetries})` : null],
    ['Key', run.idempotencyKey === null ? null : oneLine(run.idempotencyKey)],
    ['Tags', run.tags.map(oneLine).join(', ')],
    ['Parent', run.parentFlowRunId],
    ['Rerun of', run.rerunOf],
    ['Task runs', tasks === 0 ? null : String(tasks)],
    ['No longer called', run.divergence.map(oneLine).join('\n')],
    ['Parameters', storedValue(run.parameters, (value) => (isEmpty(value) ? '' : valueBlock(value)))],
  ]);
  writeOutcome(terminal, run.state, outcome);
  writeHistory(terminal, [...run.history, run.state]);
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
