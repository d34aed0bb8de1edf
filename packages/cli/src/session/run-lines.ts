/** Outermost runs as lines: one when a run begins, one when it ends. For pipes, and for processes that serve. */
import { durationText, runDurationMs } from '@millrace/views';
import { isTerminal } from '@millrace/kernel';
import { stateText } from '../output/state-look.ts';
import type { Terminal } from '../output/terminal.ts';
import { oneLine } from '../output/text-width.ts';
import { writeFailure } from './failure-report.ts';
import { jsonLinesBesideOutput, runDocument } from './json-display.ts';
import { othersRecord, untilOurs } from './others-run.ts';
import { isRecorded, type OutermostRun, type SessionListener } from './run-session.ts';

/** Writes the two lines of a run to standard error, the first once its beginning is recorded; resolves after the second. */
export async function tellRun(terminal: Terminal, run: OutermostRun): Promise<void> {
  const { err, now } = terminal;
  await run.begun();
  // What has settled holds on to no record.
  const begunWith = run.record;
  await run.execution?.committed().catch(() => {});
  // A short run begins and ends in one commit.
  if (!isRecorded(run) || (begunWith === null && (await tellOthers(terminal, run)))) return;
  const record = begunWith ?? run.record;
  const subject = await subjectOf(run);
  err.write(`${subject} began  ${run.definition.name}  ${run.id}\n`);
  await run.over();
  if (!isRecorded(run) || run.isHandedOver) return;
  const ms = record === null ? null : runDurationMs(record, now());
  const took = ms === null ? '' : `  ${durationText(ms)}`;
  err.write(`${subject} ended  ${stateText(run.state, terminal)}${took}  ${run.id}\n`);
}

/**
 * Says that a run is over already, or another process's, and is waited for.
 *
 * @returns whether there is nothing more to tell of it: what is waited for may become this process's own
 */
export async function tellOthers({ err, isUnicode }: Terminal, run: OutermostRun): Promise<boolean> {
  await run.begun();
  const stored = await othersRecord(run);
  if (stored === undefined) return false;
  const subject = `Flow run '${oneLine(stored.name)}'`;
  if (isTerminal(stored.state)) {
    err.write(`${subject} has ended already  ${stateText(stored.state, { isUnicode })}  ${run.id}\n`);
    return true;
  }
  const how = stored.sessionId === null ? `is ${stored.state.name}` : 'is held by another process';
  err.write(`${subject} ${how}: waiting for it  ${stored.flowName}  ${run.id}\n`);
  await untilOurs(run);
  if (run.record !== null) return false;
  const last = await othersRecord(run);
  // The ending says of a run that goes on that nobody waits for it here.
  if (last !== undefined && isTerminal(last.state))
    err.write(`${subject} ended  ${stateText(last.state, { isUnicode })}  ${run.id}\n`);
  return true;
}

async function subjectOf(run: OutermostRun): Promise<string> {
  if (run.definition.kind === 'task') return `Task run '${oneLine(run.name)}'`;
  return `Flow run '${oneLine((await othersRecord(run))?.name ?? run.name)}'`;
}

/**
 * Resolves when a run that a serving process wants is its own, or over.
 *
 * @returns whether there is anything to tell: of two processes that want a run, one gets it and the other keeps still
 */
async function isOurs(run: OutermostRun): Promise<boolean> {
  await untilOurs(run);
  return run.record !== null || run.definition.kind === 'task' || run.settlement === 'failed';
}

/** What is being told of the runs of a serving process. It keeps none of them. */
class Telling {
  readonly #told = new Map<OutermostRun, Promise<void>>();

  add(run: OutermostRun, told: Promise<void>): void {
    this.#told.set(
      run,
      told.finally(() => this.#told.delete(run)),
    );
  }

  /** Resolves when all is told of those that are over here, before the process ends. Runs that are asleep have not ended. */
  async over(): Promise<void> {
    const over = [...this.#told].filter(([run]) => run.settlement !== 'pending' || run.isHandedOver);
    await Promise.all(over.map(([, told]) => told));
  }
}

/** What both forms of a serving process's display share: each run is told by itself, and all is told before the session closes. */
abstract class ServeDisplay implements SessionListener {
  readonly isForgetful = true;
  readonly #telling = new Telling();

  abstract serving(flows: readonly string[]): void;

  protected abstract tell(run: OutermostRun): Promise<void>;

  started(run: OutermostRun): void {
    this.#telling.add(run, this.tell(run));
  }

  closing(): Promise<void> {
    return this.#telling.over();
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
    this.#terminal.err.write(`Serving ${flows.join(', ')}. Ctrl-C stops: runs that don't end soon go on elsewhere.\n`);
  }

  protected override async tell(run: OutermostRun): Promise<void> {
    if (!(await isOurs(run))) return;
    await tellRun(this.#terminal, run);
    if (run.isHandedOver) this.#terminal.err.write(`${await subjectOf(run)} is left to another process  ${run.id}\n`);
    else if (run.settlement === 'failed') writeFailure(this.#terminal.err, run.value, { runId: run.id });
  }
}

/** The runs of a serving process as JSON documents, one a line. What the program prints goes to standard error. */
export class JsonLineDisplay extends ServeDisplay {
  readonly #write: (document: unknown) => void;

  constructor() {
    super();
    this.#write = jsonLinesBesideOutput();
  }

  serving(flows: readonly string[]): void {
    this.#write({ event: 'serving', flows });
  }

  protected override async tell(run: OutermostRun): Promise<void> {
    if (!(await isOurs(run))) return;
    await run.execution?.committed().catch(() => {});
    if (!isRecorded(run)) return;
    this.#write({ event: 'began', run: await runDocument(run) });
    await run.over();
    this.#write({ event: run.isHandedOver ? 'left' : 'ended', run: await runDocument(run) });
  }
}
