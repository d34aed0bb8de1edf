/** `millrace task-run ls`: task runs, newest first. */
import { readTaskRuns, runDurationMs, taskRunSummary } from '@millrace/views';
import type { TaskRunFilter } from '@millrace/kernel';
import type { CommandContext } from '../../context/command-context.ts';
import { requireFlowRun } from '../../selection/find-run.ts';
import { writeRunTable } from '../../output/run-table.ts';
import { writeJson } from '../../output/write-json.ts';
import { asksForOrphans, stateFilter } from '../../selection/state-filter.ts';
import { storedAt } from '../../environment/stored-at.ts';

export interface ListTaskRuns {
  readonly flowRun?: string;
  readonly task?: string;
  readonly state?: readonly string[];
  readonly tag?: readonly string[];
  readonly limit: number;
}

export async function listTaskRuns(context: CommandContext, input: ListTaskRuns): Promise<undefined> {
  const { runs } = await context.readLedger();
  const filter: TaskRunFilter = {
    ...(input.flowRun === undefined ? {} : { flowRunId: (await requireFlowRun(runs, input.flowRun)).id }),
    ...(input.task === undefined ? {} : { taskKey: input.task }),
    ...(input.tag === undefined ? {} : { tags: input.tag }),
    ...stateFilter(input.state ?? []),
  };
  const onlyOrphaned = asksForOrphans(input.state);
  const listed = await readTaskRuns(runs, filter, { max: input.limit + 1, onlyOrphaned });
  const found = listed.slice(0, input.limit);
  const orphans = await runs.orphans(found);
  const { terminal } = context;
  if (context.isJson) {
    writeJson(
      terminal,
      found.map((run) => taskRunSummary(run, { orphan: orphans.get(run.id) })),
    );
    return undefined;
  }
  if (found.length === 0) {
    terminal.err.write(`No task runs in ${storedAt(context.environment)}.\n`);
    return undefined;
  }
  writeRunTable(
    terminal,
    found.map((run) => ({
      id: run.id,
      of: run.taskKey,
      name: run.name,
      state: run.state,
      startAt: run.startAt ?? run.createdAt,
      tookMs: runDurationMs({ ...run, orphan: orphans.get(run.id) }, terminal.now()),
      orphan: orphans.get(run.id),
    })),
    { of: 'TASK' },
  );
  if (listed.length > found.length)
    terminal.err.write(`Only the newest ${input.limit} are shown: --limit N shows more.\n`);
  return undefined;
}
