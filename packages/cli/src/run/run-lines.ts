/** Outermost runs as lines: one when a run begins, one when it ends. For pipes, and for processes that serve. */
import { stateText } from '../output/state-look.ts';
import type { Terminal } from '../output/terminal.ts';
import { oneLine } from '../output/text-width.ts';
import { durationText } from '../output/time-text.ts';
import { writeFailure } from './failure-report.ts';
import { isRecorded, type OutermostRun, type SessionListener } from './run-session.ts';

/** Writes the two lines of a run to standard error, the first once its beginning is recorded; resolves after the second. */
export async function tellRun(terminal: Terminal, run: OutermostRun): Promise<void> {
  const { err, now } = terminal;
  await run.begun();
  const { record } = run;
  await run.execution?.committed().catch(() => {});
  // A short run begins and ends in one commit.
  if (!isRecorded(run)) return;
  const subject = await subjectOf(run);
  // The run of an idempotency key may be over, or another process's.
  const isElsewhere = record === null && run.definition.kind === 'flow';
  err.write(`${subject} ${isElsewhere ? 'is there already' : 'began'}  ${run.definition.name}  ${run.id}\n`);
  await run.settled();
  if (!isRecorded(run)) return;
  const { startAt = null, endAt = null } = record ?? {};
  const took = startAt === null ? '' : `  ${durationText((endAt ?? now()) - startAt)}`;
  err.write(`${subject} ended  ${stateText(run.state, terminal)}${took}  ${run.id}\n`);
}

async function subjectOf(run: OutermostRun): Promise<string> {
  if (run.definition.kind === 'task') return `Task run '${oneLine(run.name)}'`;
  const stored = run.record === null && run.engine.isOpen ? await run.engine.opened.runs.flowRun(run.id) : undefined;
  return `Flow run '${oneLine(stored?.name ?? run.name)}'`;
}

/** The runs of a serving process. It keeps none of them. */
export class LineDisplay implements SessionListener {
  readonly isForgetful = true;
  readonly #terminal: Terminal;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  started(run: OutermostRun): void {
    void this.#tell(run);
  }

  async closing(): Promise<void> {}

  async #tell(run: OutermostRun): Promise<void> {
    await tellRun(this.#terminal, run);
    if (run.settlement === 'failed') writeFailure(this.#terminal.err, run.value, run.id);
  }
}
