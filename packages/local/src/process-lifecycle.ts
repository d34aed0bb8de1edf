/**
 * The life of the process while runs are unfinished: it is kept alive, stopped by signals, and flushed at the exit.
 *
 * No listener is installed before the first run, so that importing the library does not change a process.
 */
import { inspect } from 'node:util';
import type { Engine } from '@millrace/engine';
import { type LeftRun, shutDown } from '@millrace/engine/internal';
import { ProcessStopping, RunCancelled, thrownText } from '@millrace/kernel';

/** The convention of shells: 128 plus the number of the signal. */
const exitCodes = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
type StopSignal = keyof typeof exitCodes;

/** The longest interval of Node. Its only purpose is to keep the process alive. */
const KEEP_ALIVE_MS = 2_147_483_647;
/** The time limit for the stop beyond the grace, such as for a database that does not answer. */
const STOP_WITHIN_MS = 15_000;
/** Further runs are counted, not named. */
const NAMED_MAX = 5;

/** Engines that have run something and have nothing to do, with one listener for all. */
const idle = new Set<ProcessLifecycle>();

function restAll(): void {
  for (const lifecycle of idle) lifecycle.rest();
}

export class ProcessLifecycle {
  #keepAlive: NodeJS.Timeout | null = null;
  #stopping = false;
  readonly #engine: () => Engine;
  readonly #atExit: () => void;
  readonly #onSignal = (signal: StopSignal): void => this.#stop(signal);

  constructor(engine: () => Engine, options: { readonly atExit: () => void }) {
    this.#engine = engine;
    this.#atExit = options.atExit;
  }

  /** Called by the engine when the first outermost run starts and when the last has ended. */
  busy(isBusy: boolean): void {
    // During a stop the interval stays, because nothing else keeps the process alive while connections are closed.
    if (this.#stopping) return;
    if (isBusy && this.#keepAlive === null) {
      this.#keepAlive = setInterval(() => {}, KEEP_ALIVE_MS);
      for (const signal of signals) process.on(signal, this.#onSignal);
      process.on('exit', this.#atExit);
      this.stirred();
    } else if (!isBusy && this.#keepAlive !== null) {
      clearInterval(this.#keepAlive);
      this.#keepAlive = null;
      for (const signal of signals) process.off(signal, this.#onSignal);
      process.off('exit', this.#atExit);
      if (idle.size === 0) process.on('beforeExit', restAll);
      idle.add(this);
    }
  }

  /** Called when the process has nothing left to do. The lease of a session that can't be ended expires. */
  rest(): void {
    const engine = this.#engine();
    engine.unhandled.reportAll();
    if (engine.isOpen) engine.opened.rest().catch(() => {});
  }

  /** Called when the engine works again or is closed. */
  stirred(): void {
    if (idle.delete(this) && idle.size === 0) process.off('beforeExit', restAll);
  }

  /** Cancels the runs, or hands them over, and exits with the signal's code. A second signal exits at once. */
  #stop(signal: StopSignal): void {
    const code = exitCodes[signal];
    if (this.#stopping) process.exit(code);
    this.#stopping = true;
    // If anything else ends the process now, the exit code is still that of the signal.
    process.on('exit', () => {
      process.exitCode = code;
    });
    process.on('uncaughtException', showUnlessStopped);
    const engine = this.#engine();
    setTimeout(() => {
      say(`stopping took too long; the process ends now, as after a kill`);
      process.exit(code);
    }, engine.cancelGraceMs + STOP_WITHIN_MS).unref();
    const stop =
      signal === 'SIGINT' ? { reason: 'interrupted (SIGINT)', cancels: true } : { reason: signal, cancels: false };
    void shutDown(engine, stop)
      .then(showLeft, (error: unknown) => say(`stopping failed: ${thrownText(error)}`))
      .finally(() => process.exit(code));
  }
}

/** Engines with a printed failure that no code observed. */
const failing = new Set<Engine>();

function failWithThem(): void {
  if (process.exitCode === undefined && [...failing].some(({ unhandled }) => unhandled.hasUnobserved))
    process.exitCode = 1;
}

/** A program with an unobserved failure exits with 1, as Node does for an unhandled rejection, unless it sets an exit code itself. */
export function failAtExit(engine: Engine): void {
  if (failing.size === 0) process.on('exit', failWithThem);
  failing.add(engine);
}

/** The engine of a plain script; the latest one if an earlier one was closed. */
let script: Engine | null = null;

/** Warns if the program calls process.exit(0) while its runs are unfinished. */
export function warnOfEarlyExit(engine: Engine): void {
  if (script === null) process.on('exit', warnOfUnfinished);
  script = engine;
}

function warnOfUnfinished(code: number): void {
  if (script === null || code !== 0 || script.stopping !== null) return;
  const underWay = [...script.roots].filter((run) => !run.hasNoBody).length;
  if (underWay === 0) return;
  const runs = underWay === 1 ? 'a run was' : `${underWay} runs were`;
  say(`process.exit(0) was called while ${runs} under way; unrecorded work is done again when a run is resumed`);
}

const signals = Object.keys(exitCodes) as readonly StopSignal[];

function say(text: string): void {
  process.stderr.write(`millrace: ${text}\n`);
}

/** Prints for each unfinished run of the program how it is resumed. */
function showLeft(left: readonly LeftRun[]): void {
  const open = left.filter(({ became, isServed }) => became !== 'gone' && !isServed);
  for (const { kind, name, id, became } of open.slice(0, NAMED_MAX)) {
    if (kind === 'task') say(`task run '${name}' was stopped: it ended as Crashed (${id})`);
    else if (became === 'stopped')
      say(`flow run '${name}' was stopped; resume it with: millrace flow-run resume ${id}`);
    else
      say(
        `flow run '${name}' is resumed under its key, in a process that serves it, or with: millrace flow-run resume ${id}`,
      );
  }
  if (open.length > NAMED_MAX) say(`and ${open.length - NAMED_MAX} more runs: millrace flow-run ls`);
}

/** A top-level await of a flow rejects with the cancellation. That is the stop itself and not a failure, so it is not shown. */
function showUnlessStopped(error: unknown): void {
  if (error instanceof RunCancelled || error instanceof ProcessStopping) return;
  process.stderr.write(`${inspect(error)}\n`);
}
