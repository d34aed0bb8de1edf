/** `millrace artifact ls`: artifacts, newest first. */
import { artifactSummary, relativeTime } from '@millrace/views';
import type { ArtifactRecord } from '@millrace/kernel';
import type { CommandContext } from '../../context/command-context.ts';
import { requireFlowRun } from '../../selection/find-run.ts';
import { writeTable } from '../../output/table.ts';
import { oneLine } from '../../output/text-width.ts';
import { writeJson } from '../../output/write-json.ts';
import { storedAt } from '../../environment/stored-at.ts';

export interface ListArtifacts {
  readonly key?: string;
  readonly flowRun?: string;
  readonly limit: number;
}

export async function listArtifacts(context: CommandContext, input: ListArtifacts): Promise<undefined> {
  const { artifacts, runs } = await context.readLedger();
  const listed = await artifacts.list({
    limit: input.limit + 1,
    ...(input.key === undefined ? {} : { key: input.key }),
    ...(input.flowRun === undefined ? {} : { flowRunId: (await requireFlowRun(runs, input.flowRun)).id }),
  });
  const found = listed.slice(0, input.limit);
  const { terminal } = context;
  if (context.isJson) {
    writeJson(terminal, found.map(artifactSummary));
    return undefined;
  }
  if (found.length === 0) {
    terminal.err.write(`No artifacts in ${storedAt(context.environment)}.\n`);
    return undefined;
  }
  const now = terminal.now();
  writeTable(
    terminal.out,
    [
      { title: 'ID', cell: (one: ArtifactRecord) => one.id },
      { title: 'KEY', cell: (one) => one.key ?? '', isFlexible: true },
      { title: 'TYPE', cell: (one) => one.type },
      { title: 'DESCRIPTION', cell: (one) => oneLine(one.description ?? ''), isFlexible: true },
      { title: 'UPDATED', cell: (one) => relativeTime(one.updatedAt, now), align: 'right' },
    ],
    found,
  );
  if (listed.length > found.length)
    terminal.err.write(`Only the newest ${input.limit} are shown: --limit N shows more.\n`);
  return undefined;
}
