/** Outermost runs as lines: one when a run begins and one when it ends. For pipes, and for serving processes. */
import { durationText, runDurationMs } from '@millrace/views';
import { isTerminal } from '@millrace/kernel';
import { stateText } from '../output/state-look.ts';
import type { Terminal } from '../output/terminal.ts';
import { oneLine } from '../output/text-width.ts';
import { writeFailure } from './failure-report.ts';
import { jsonLinesBesideOutput, runDocument } from './json-display.ts';
import { remoteRecord, untilOwned } from './remote-run.ts';
import { isRecorded, type OutermostRun, type SessionListener } from './run-session.ts';

/** Writes the two lines of a run to standard error, the first once its start is recorded; resolves after the second. */
export async function writeRun(terminal: Terminal, run: OutermostRun): Promise<void> {
  const { err, now } = terminal;
  await run.identified();
  // A settled run drops its record.
  const initialRecord = run.record;
  await run.execution?.committed().catch(() => {});
  // A short run starts and ends in one commit.
  if (!isRecorded(run) || (initialRecord === null && (await writeRemoteRun(terminal, run)))) return;
  const record = initialRecord ?? run.record;
  const subject = await subjectOf(run);
  err.write(`${subject} began  ${run.definition.name}  ${run.id}\n`);
  await run.over();
  if (!isRecorded(run) || run.isHandedOver) return;
  const ms = record === null ? null : runDurationMs(record, now());
  const took = ms === null ? '' : `  ${durationText(ms)}`;
  err.write(`${subject} ended  ${stateText(run.state, terminal)}${took}  ${run.id}\n`);
}

/**
 * Writes that a run has ended already, or that another process owns it and this one waits.
 *
 * @returns true if its end is written too; false if this process has come to own it
 */
export async function writeRemoteRun({ err, isUnicode }: Terminal, run: OutermostRun): Promise<boolean> {
  await run.identified();
  const stored = await remoteRecord(run);
  if (stored === undefined) return false;
  const subject = `Flow run '${oneLine(stored.name)}'`;
  if (isTerminal(stored.state)) {
    err.write(`${subject} has ended already  ${stateText(stored.state, { isUnicode })}  ${run.id}\n`);
    return true;
  }
  const how = stored.sessionId === null ? `is ${stored.state.name}` : 'is owned by another process';
  err.write(`${subject} ${how}: waiting for it  ${stored.flowName}  ${run.id}\n`);
  await untilOwned(run);
  if (run.record !== null) return false;
  const last = await remoteRecord(run);
  // The last lines of the command mention runs that are unfinished.
  if (last !== undefined && isTerminal(last.state))
    err.write(`${subject} ended  ${stateText(last.state, { isUnicode })}  ${run.id}\n`);
  return true;
}

async function subjectOf(run: OutermostRun): Promise<string> {
  if (run.definition.kind === 'task') return `Task run '${oneLine(run.name)}'`;
  return `Flow run '${oneLine((await remoteRecord(run))?.name ?? run.name)}'`;
}

/**
 * Resolves when a run that a serving process tries to claim is its own, or over.
 *
 * @returns whether to write about it: of two processes that try to claim a run, the one that fails writes nothing
 */
async function isOwned(run: OutermostRun): Promise<boolean> {
  await untilOwned(run);
  return run.record !== null || run.definition.kind === 'task' || run.settlement === 'failed';
}

/** The reports that are being written about the runs of a serving process. Finished ones are dropped. */
class OpenReports {
  readonly #reports = new Map<OutermostRun, Promise<void>>();

  add(run: OutermostRun, report: Promise<void>): void {
    this.#reports.set(
      run,
      report.finally(() => this.#reports.delete(run)),
    );
  }

  /** Resolves when the reports of all runs that are over here are written. Runs that sleep are not over. */
  async written(): Promise<void> {
    const over = [...this.#reports].filter(([run]) => run.settlement !== 'pending' || run.isHandedOver);
    await Promise.all(over.map(([, report]) => report));
  }
}

/** The common base of both displays of a serving process: each run has a report of its own, all written before the session closes. */
abstract class ServeDisplay implements SessionListener {
  readonly isForgetful = true;
  readonly #reports = new OpenReports();

  abstract serving(flows: readonly string[]): void;

  protected abstract report(run: OutermostRun): Promise<void>;

  started(run: OutermostRun): void {
    this.#reports.add(run, this.report(run));
  }

  closing(): Promise<void> {
    return this.#reports.written();
  }
}

/** The runs of a serving process as lines. */
export class LineDisplay extends ServeDisplay {
  readonly #terminal: Terminal;

  constructor(terminal: Terminal) {
    super();
    this.#terminal = terminal;
  }

  serving(flows: readonly string[]): void {
    this.#terminal.err.write(
      `Serving ${flows.join(', ')}. Ctrl-C stops: runs that don't end soon are left to other processes.\n`,
    );
  }

  protected override async report(run: OutermostRun): Promise<void> {
    if (!(await isOwned(run))) return;
    await writeRun(this.#terminal, run);
    if (run.isHandedOver) this.#terminal.err.write(`${await subjectOf(run)} is left to another process  ${run.id}\n`);
    else if (run.settlement === 'failed') writeFailure(this.#terminal.err, run.value, { runId: run.id });
  }
}

/** The runs of a serving process as JSON documents, one per line. The program's own output goes to standard error. */
export class JsonLineDisplay extends ServeDisplay {
  readonly #write: (document: unknown) => void;

  constructor() {
    super();
    this.#write = jsonLinesBesideOutput();
  }

  serving(flows: readonly string[]): void {
    this.#write({ event: 'serving', flows });
  }

  protected override async report(run: OutermostRun): Promise<void> {
    if (!(await isOwned(run))) return;
    await run.execution?.committed().catch(() => {});
    if (!isRecorded(run)) return;
    this.#write({ event: 'began', run: await runDocument(run) });
    await run.over();
    this.#write({ event: run.isHandedOver ? 'left' : 'ended', run: await runDocument(run) });
  }
}
