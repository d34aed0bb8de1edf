/** `millrace flow-run sweep`: ends runs that have been orphaned for long and whose flow no process serves. */
import { parseDuration, type Runs, type Sweep } from '@millrace/kernel';
import type { CommandContext } from '../../context/command-context.ts';
import { oneLine } from '../../output/text-width.ts';
import { writeJson } from '../../output/write-json.ts';

export interface SweepFlowRuns {
  /** The minimum time since the process was lost, such as `10m`; absent = MILLRACE_ORPHAN_GRACE. */
  readonly olderThan?: string;
}

export async function sweepFlowRuns(context: CommandContext, { olderThan }: SweepFlowRuns): Promise<undefined> {
  const options = olderThan === undefined ? {} : { olderThanMs: parseDuration(olderThan, '--older-than') };
  const ledger = await context.ledger();
  const ended: Sweep[] = [];
  // One sweep handles one page of runs of each kind.
  for (;;) {
    const sweep = await ledger.sweep(options);
    if (countOf(sweep) === 0) break;
    ended.push(sweep);
  }
  const all: Sweep = {
    crashed: ended.flatMap(({ crashed }) => crashed),
    cancelled: ended.flatMap(({ cancelled }) => cancelled),
    failed: ended.flatMap(({ failed }) => failed),
    crashedTaskRuns: ended.flatMap(({ crashedTaskRuns }) => crashedTaskRuns),
  };
  if (context.isJson) writeJson(context.terminal, all);
  else await report(context, ledger.runs, all);
  return undefined;
}

function countOf({ crashed, cancelled, failed, crashedTaskRuns }: Sweep): number {
  return crashed.length + cancelled.length + failed.length + crashedTaskRuns.length;
}

async function report({ terminal }: CommandContext, runs: Runs, sweep: Sweep): Promise<void> {
  const { out } = terminal;
  if (countOf(sweep) === 0) {
    out.write('No run has been without a process for long enough.\n');
    return;
  }
  const ends = [
    ...sweep.crashed.map((id) => ({ id, end: 'Crashed' })),
    ...sweep.cancelled.map((id) => ({ id, end: 'Cancelled' })),
    ...sweep.failed.map((id) => ({ id, end: 'Failed' })),
  ];
  for (const { id, end } of ends) {
    const run = await runs.flowRun(id);
    out.write(`Flow run '${oneLine(run?.name ?? '')}' (${id}) is ${end}.\n`);
  }
  for (const id of sweep.crashedTaskRuns) out.write(`Task run ${id} is Crashed.\n`);
}
