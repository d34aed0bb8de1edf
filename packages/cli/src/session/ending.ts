/** The last lines of `run`: the result or error of each outermost run, its location, and commands to try next. */
import { countStates, shownCounts } from '@millrace/views';
import { statePaint, stateSymbol } from '../output/state-look.ts';
import { writeFields } from '../output/table.ts';
import type { Terminal } from '../output/terminal.ts';
import { oneLine } from '../output/text-width.ts';
import { valueLine } from '../output/value-text.ts';
import { writeFailure } from './failure-report.ts';
import type { FinalView } from './remote-run.ts';
import { isRecorded, type OutermostRun } from './run-session.ts';

export interface EndingOptions {
  readonly shownFile: string;
  /** The words that call this command, for commands to try next. */
  readonly command: string;
  readonly storedAt: string;
  /** Only failures are written. */
  readonly isQuiet: boolean;
  /** The trees of the runs have been written above. */
  readonly hasTrees: boolean;
}

const failuresShownMax = 5;
const singlesMax = 3;

/** Writes the ending of these runs. */
export function writeEnding(terminal: Terminal, runs: readonly FinalView[], options: EndingOptions): void {
  // The caller reports a run that was refused before it was recorded.
  const recorded = runs.filter(({ run }) => isRecorded(run));
  if (recorded.length === 0) return;
  for (const { name, run } of recorded.filter(({ isUnfinished, run }) => isUnfinished && !run.isHandedOver))
    terminal.err.write(`Flow run '${oneLine(name)}' continues: no longer waiting for it  ${run.id}\n`);
  const failed = recorded.filter(({ run, isUnfinished }) => run.settlement === 'failed' && !isUnfinished);
  writeFailures(terminal, failed, options);
  if (options.isQuiet) return;
  const { err } = terminal;
  const last = recorded.at(-1)?.run;
  if (recorded.length > singlesMax) err.write(`\n${recorded.length} runs ended: ${countsText(terminal, recorded)}\n`);
  if (last === undefined) return;
  if (options.hasTrees && failed.length === 0) err.write('\n');
  const isSingle = recorded.length === 1;
  writeFields(err, [
    ['Result', isSingle && last.settlement === 'completed' && last.value !== undefined ? valueLine(last.value) : null],
    ['Stored', options.storedAt],
    ['Next', nextSteps(last, failed.at(-1)?.run, options).join('\n')],
    ['All', isSingle || recorded.length <= singlesMax ? null : `${options.command} flow-run ls`],
  ]);
}

function writeFailures(
  { err, isUnicode }: Terminal,
  failed: readonly FinalView[],
  { isQuiet, hasTrees }: EndingOptions,
): void {
  for (const [index, { run, name: runName }] of failed.slice(0, failuresShownMax).entries()) {
    if (index > 0 || (hasTrees && !isQuiet)) err.write('\n');
    const { type, name } = run.state;
    const kind = run.definition.kind === 'flow' ? 'Flow' : 'Task';
    err.write(
      `${statePaint(type, err)(stateSymbol(type, { isUnicode }))} ${kind} run '${oneLine(runName)}' ended as ${name}  ${err.paint.dim(run.id)}\n`,
    );
    writeFailure(err, run.value, { runId: run.id });
  }
  if (failed.length > failuresShownMax)
    err.write(`… and ${failed.length - failuresShownMax} more that did not complete.\n`);
  if (failed.length > 0 && !isQuiet) err.write('\n');
}

function nextSteps(
  last: OutermostRun,
  failed: OutermostRun | undefined,
  { shownFile, command }: EndingOptions,
): readonly string[] {
  const run = failed ?? last;
  if (run.definition.kind === 'task') return [`${command} task-run inspect ${run.id}`];
  const inspect = `${command} flow-run inspect ${run.id}`;
  if (failed === undefined) return [inspect, `${command} flow-run logs ${run.id}`];
  return [inspect, `${command} flow-run resume ${run.id} ${shownFile}   (completed results are kept)`];
}

function countsText(terminal: Terminal, runs: readonly FinalView[]): string {
  return shownCounts(countStates(runs.map(({ run }) => run.state)))
    .map(([type, count]) => `${stateSymbol(type, terminal)} ${count} ${type.toLowerCase()}`)
    .join('  ');
}
