/**
 * The engine and the process: kept alive while a run is under way, told of signals, flushed at the exit.
 *
 * Nothing is installed before the first run, so that importing the library changes nothing about a process.
 */
import { inspect } from 'node:util';
import type { Engine } from '@millrace/engine';
import { shutDown } from '@millrace/engine/internal';
import { RunCancelled, thrownText } from '@millrace/kernel';

const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const;
type StopSignal = keyof typeof exitCodes;

/** The longest interval Node takes: its only job is to keep the process alive. */
const KEEP_ALIVE_MS = 2_147_483_647;

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
  readonly #onSigint = (): void => this.#stop('SIGINT');
  readonly #onSigterm = (): void => this.#stop('SIGTERM');

  constructor(engine: () => Engine, options: { readonly atExit: () => void }) {
    this.#engine = engine;
    this.#atExit = options.atExit;
  }

  /** Told by the engine when the first outermost run begins, and when the last has ended. */
  busy(isBusy: boolean): void {
    // Who was told to stop lives until it has: nothing else may keep the process alive while connections are closed.
    if (this.#stopping) return;
    if (isBusy && this.#keepAlive === null) {
      this.#keepAlive = setInterval(() => {}, KEEP_ALIVE_MS);
      process.on('SIGINT', this.#onSigint);
      process.on('SIGTERM', this.#onSigterm);
      process.on('exit', this.#atExit);
      this.stirred();
    } else if (!isBusy && this.#keepAlive !== null) {
      clearInterval(this.#keepAlive);
      this.#keepAlive = null;
      process.off('SIGINT', this.#onSigint);
      process.off('SIGTERM', this.#onSigterm);
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

  /** Cancels what runs, or leaves it to others, records it, and exits as the signal asks. A second signal exits at once. */
  #stop(signal: StopSignal): void {
    if (this.#stopping) process.exit(exitCodes[signal]);
    this.#stopping = true;
    process.on('uncaughtException', endUnlessCancelled);
    const engine = this.#engine();
    const reason = signal === 'SIGINT' ? 'interrupted (SIGINT)' : 'terminated (SIGTERM)';
    void shutDown(engine, reason)
      .catch((error: unknown) => {
        process.stderr.write(`millrace: stopping failed: ${thrownText(error)}\n`);
      })
      .finally(() => process.exit(exitCodes[signal]));
  }
}

/** A program that awaits its flow at the top level rejects with the cancellation: how it stops, not how it fails. */
function endUnlessCancelled(error: unknown): void {
  if (error instanceof RunCancelled) return;
  process.stderr.write(`${inspect(error)}\n`);
  process.exit(1);
}
