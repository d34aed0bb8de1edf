/** `millrace flow-run ls`: flow runs, newest first. */
import { flowRunSummary, readFlowRuns, runDurationMs } from '@millrace/views';
import type { FlowRunFilter } from '@millrace/kernel';
import type { CommandContext } from '../../context/command-context.ts';
import { invokedAs } from '../../environment/invoked-as.ts';
import { writeRunTable } from '../../output/run-table.ts';
import { writeJson } from '../../output/write-json.ts';
import { isFiltered, runFilter, type RunFilterOptions } from '../../selection/run-filter.ts';
import { storedAt } from '../../environment/stored-at.ts';
import { asksForOrphans } from '../../selection/state-filter.ts';

export interface ListFlowRuns extends RunFilterOptions {
  readonly parent?: string;
  /** Includes nested runs. */
  readonly all?: boolean;
  readonly limit: number;
}

export async function listFlowRuns(context: CommandContext, input: ListFlowRuns): Promise<undefined> {
  const { runs } = await context.readLedger();
  const filter: FlowRunFilter = {
    ...(input.parent !== undefined
      ? { parentFlowRunId: input.parent }
      : input.all === true
        ? {}
        : { parentFlowRunId: null }),
    ...runFilter(input, context.terminal.now()),
  };
  const onlyOrphaned = asksForOrphans(input.state);
  const listed = await readFlowRuns(runs, filter, { max: input.limit + 1, onlyOrphaned });
  const found = listed.slice(0, input.limit);
  const orphans = await runs.orphans(found);
  const { terminal } = context;
  if (context.isJson) {
    const waits = await runs.waits(found);
    writeJson(
      terminal,
      found.map((run) => flowRunSummary(run, { orphan: orphans.get(run.id), waiting: waits.get(run.id) })),
    );
    return undefined;
  }
  if (found.length === 0) {
    terminal.err.write(await nothingFound(context, input, filter));
    return undefined;
  }
  writeRunTable(
    terminal,
    found.map((run) => ({
      id: run.id,
      of: run.flowName,
      name: run.name,
      state: run.state,
      startAt: run.startAt ?? run.createdAt,
      tookMs: runDurationMs({ ...run, orphan: orphans.get(run.id) }, terminal.now()),
      orphan: orphans.get(run.id),
    })),
    { of: 'FLOW' },
  );
  if (listed.length > found.length)
    terminal.err.write(`Only the newest ${input.limit} are shown: --limit N shows more.\n`);
  return undefined;
}

/** The message names the database, because its location may be mistyped. */
async function nothingFound(context: CommandContext, input: ListFlowRuns, filter: FlowRunFilter): Promise<string> {
  const location = storedAt(context.environment);
  const command = invokedAs(context.environment);
  const { parentFlowRunId: _, ...nestedToo } = filter;
  if (input.all !== true) {
    const { runs } = await context.readLedger();
    const onlyOrphaned = asksForOrphans(input.state);
    if ((await readFlowRuns(runs, nestedToo, { max: 1, onlyOrphaned })).length > 0)
      return `Only nested runs match in ${location}: --all lists them.\n`;
  }
  return isFiltered(input)
    ? `No flow run matches in ${location}.\n`
    : `No flow runs in ${location}. Create one with: ${command} run FILE\n`;
}
