/**
 * The engine and the process: kept alive while a run is under way, stopped by signals, flushed at the exit.
 *
 * Nothing is installed before the first run, so that importing the library changes nothing about a process.
 */
import { inspect } from 'node:util';
import type { Engine } from '@millrace/engine';
import { type LeftRun, shutDown } from '@millrace/engine/internal';
import { ProcessStopping, RunCancelled, thrownText } from '@millrace/kernel';

/** As shells give them: 128 and the signal's number. */
const exitCodes = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
type StopSignal = keyof typeof exitCodes;

/** The longest interval Node takes: its only job is to keep the process alive. */
const KEEP_ALIVE_MS = 2_147_483_647;
/** How long the stop may take beyond the grace, such as for a database that does not answer. */
const STOP_WITHIN_MS = 15_000;
/** More runs than these are counted, not named. */
const NAMED_MAX = 5;

/** Engines that have run something and have nothing to do: one listener for all. */
const resting = new Set<ProcessLifecycle>();

function restAll(): void {
  for (const lifecycle of resting) lifecycle.rest();
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

  /** Called by the engine when the first outermost run begins, and when the last has ended. */
  busy(isBusy: boolean): void {
    // Keeps the process alive until it has stopped: nothing else may while connections are closed.
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
      if (resting.size === 0) process.on('beforeExit', restAll);
      resting.add(this);
    }
  }

  /** Nothing is left to do in this process. A session that can't be ended runs out by itself. */
  rest(): void {
    const engine = this.#engine();
    engine.unheard.tellAll();
    if (engine.isOpen) engine.opened.rest().catch(() => {});
  }

  /** It works, or is closed: there is nothing to end when the process has nothing more to do. */
  stirred(): void {
    if (resting.delete(this) && resting.size === 0) process.off('beforeExit', restAll);
  }

  /** Cancels what runs, or hands it over, and exits as the signal asks. A second signal exits at once. */
  #stop(signal: StopSignal): void {
    const code = exitCodes[signal];
    if (this.#stopping) process.exit(code);
    this.#stopping = true;
    // Any other end of the process from now on is caused by the signal.
    process.on('exit', () => {
      process.exitCode = code;
    });
    process.on('uncaughtException', showUnlessStopped);
    const engine = this.#engine();
    setTimeout(() => {
      say(`stopping took too long; it ends now, as a kill would end it`);
      process.exit(code);
    }, engine.cancelGraceMs + STOP_WITHIN_MS).unref();
    const stop =
      signal === 'SIGINT' ? { reason: 'interrupted (SIGINT)', cancels: true } : { reason: signal, cancels: false };
    void shutDown(engine, stop)
      .then(showLeft, (error: unknown) => say(`stopping failed: ${thrownText(error)}`))
      .finally(() => process.exit(code));
  }
}

/** Engines that printed an unobserved failure. */
const failing = new Set<Engine>();

function failWithThem(): void {
  if (process.exitCode === undefined && [...failing].some(({ unheard }) => unheard.hasUnobserved)) process.exitCode = 1;
}

/** A program with an unobserved failure ends with 1, as Node ends one for an unhandled rejection. An exit code of its own is kept. */
export function failAtExit(engine: Engine): void {
  if (failing.size === 0) process.on('exit', failWithThem);
  failing.add(engine);
}

/** The engine of a plain script; the latest, where one was closed. */
let script: Engine | null = null;

/** Says that the program ended the process, as if it had succeeded, while its runs were under way. */
export function noteEarlyExit(engine: Engine): void {
  if (script === null) process.on('exit', sayWhatIsUnderWay);
  script = engine;
}

function sayWhatIsUnderWay(code: number): void {
  if (script === null || code !== 0 || script.stopping !== null) return;
  const underWay = [...script.roots].filter((run) => !run.isAway).length;
  if (underWay === 0) return;
  const runs = underWay === 1 ? 'a run was' : `${underWay} runs were`;
  say(`process.exit(0) was called while ${runs} under way; what is not recorded is done again when a run goes on`);
}

const signals = Object.keys(exitCodes) as readonly StopSignal[];

function say(text: string): void {
  process.stderr.write(`millrace: ${text}\n`);
}

/** Where each run goes on that the program itself began. */
function showLeft(left: readonly LeftRun[]): void {
  const open = left.filter(({ became, isServed }) => became !== 'gone' && !isServed);
  for (const { kind, name, id, became } of open.slice(0, NAMED_MAX)) {
    if (kind === 'task') say(`task run '${name}' was stopped: it ended as Crashed (${id})`);
    else if (became === 'stopped')
      say(`flow run '${name}' was stopped; to go on with it: millrace flow-run resume ${id}`);
    else
      say(
        `flow run '${name}' goes on under its key, in a process that serves it, or with: millrace flow-run resume ${id}`,
      );
  }
  if (open.length > NAMED_MAX) say(`and ${open.length - NAMED_MAX} more runs: millrace flow-run ls`);
}

/** A program that awaits its flow at the top level rejects with the cancellation: how it stops, not how it fails. */
function showUnlessStopped(error: unknown): void {
  if (error instanceof RunCancelled || error instanceof ProcessStopping) return;
  process.stderr.write(`${inspect(error)}\n`);
}
