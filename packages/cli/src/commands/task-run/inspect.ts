/** `millrace task-run inspect`: everything recorded about one task run, step, sleep, signal wait or pause. */
import {
  durationText,
  localTime,
  orphanText,
  relativeTime,
  taskRunDocument,
  runDurationMs,
  waitText,
} from '@millrace/views';
import type { Orphan, TaskRunRecord } from '@millrace/kernel';
import type { CommandContext } from '../../context/command-context.ts';
import { requireTaskRun } from '../../selection/find-run.ts';
import { writeHistory, writeOutcome } from '../../output/run-details.ts';
import { statePaint, stateText } from '../../output/state-look.ts';
import { writeFields } from '../../output/table.ts';
import type { Terminal } from '../../output/terminal.ts';
import { oneLine } from '../../output/text-width.ts';
import { storedValue, valueBlock } from '../../output/value-text.ts';
import { writeJson } from '../../output/write-json.ts';

export async function inspectTaskRun(context: CommandContext, input: { readonly id: string }): Promise<undefined> {
  const { runs } = await context.readLedger();
  const run = await requireTaskRun(runs, input.id);
  const outcome = await runs.outcome(run);
  const orphan = (await runs.orphans([run])).get(run.id);
  if (context.isJson) {
    writeJson(context.terminal, taskRunDocument(run, outcome, { orphan }));
    return undefined;
  }
  describe(context.terminal, run, orphan);
  writeOutcome(context.terminal, run.state, outcome);
  writeHistory(context.terminal, [...run.history, run.state]);
  return undefined;
}

function describe(terminal: Terminal, run: TaskRunRecord, orphan: Orphan | undefined): void {
  const { out } = terminal;
  const now = terminal.now();
  const took = runDurationMs({ ...run, orphan }, now);
  const when = (at: number | null): string | null =>
    at === null ? null : `${localTime(at)}  ${out.paint.dim(relativeTime(at, now))}`;
  const reason = run.state.details?.reason;
  writeFields(out, [
    [run.kind === 'task' ? 'Task run' : `Task run (${run.kind})`, out.paint.bold(oneLine(run.name))],
    ['Id', run.id],
    ['Task', oneLine(run.taskKey)],
    [
      'State',
      statePaint(run.state.type, out)(stateText(run.state, terminal, orphan)) +
        (run.state.message === null ? '' : `  ${oneLine(run.state.message)}`),
    ],
    ['Orphaned', orphan === undefined ? null : orphanText(orphan, now)],
    ['Waiting', reason === undefined ? null : waitText(reason, now)],
    ['Created', when(run.createdAt)],
    ['Started', when(run.startAt)],
    ['Ended', when(run.endAt)],
    ['Took', took === null ? null : durationText(took)],
    ['Attempts', run.runCount > 1 ? String(run.runCount) : null],
    ['Tags', run.tags.map(oneLine).join(', ')],
    ['Flow run', run.flowRunId],
    ['Called by', run.parentTaskRunId],
    ['Inputs', run.inputs.map(({ name, runId }) => `${oneLine(name)} from ${runId}`).join('\n')],
    ['Cache key', run.cacheKey === null ? null : oneLine(run.cacheKey)],
    ['Parameters', run.parameters === null ? null : storedValue(run.parameters, valueBlock)],
  ]);
}
