/**
 * The heartbeat in a thread of its own: a body that keeps the main loop busy for a minute must not look dead.
 *
 * The thread opens a small store connection and extends the session's lease; it holds nothing else. It is unreferenced:
 * it never keeps the process alive, and dies with it.
 */
import { thrownText } from '@millrace/kernel';
import { Worker } from 'node:worker_threads';
import type { Heartbeat, HeartbeatTarget } from '@millrace/ledger';
import { ownProgram } from './own-files.ts';

export interface ThreadOptions {
  readonly databaseUrl: string;
  /** How long a body that keeps the main loop busy may go on after a signal that asks the process to end. */
  readonly graceMs: number;
  /** Called with a sentence when the thread can't do it and the main loop has to. */
  readonly onFailure: (text: string) => void;
}

/** Starts a thread that extends the session's lease each `everyMs` until closed. */
export function threadHeartbeat({ databaseUrl, graceMs, onFailure }: ThreadOptions): Heartbeat {
  return {
    start(target: HeartbeatTarget) {
      const { sessionId, everyMs, ttlMs } = target;
      const failed = (error: unknown): void => {
        onFailure(
          `The thread of the heartbeat failed, so the main loop does its work: a body that blocks it for over ${ttlMs / 1000} s makes its run look dead. ${thrownText(error)}`,
        );
        target.failed();
      };
      const starting = startThread({ databaseUrl, sessionId, everyMs, ttlMs, graceMs });
      starting.then((worker) => worker.on('error', failed), failed);
      return {
        async stop(): Promise<void> {
          await starting.then(
            (worker) => worker.terminate(),
            () => undefined,
          );
        },
      };
    },
  };
}

async function startThread(workerData: Readonly<Record<string, unknown>>): Promise<Worker> {
  const program = ownProgram('adapters', 'heartbeat-main');
  const options = { workerData, stdout: false, stderr: false };
  const worker =
    program === null
      ? new Worker((await import('./heartbeat-main-text.ts')).heartbeatText, { ...options, eval: true, execArgv: [] })
      : new Worker(program, { ...options, execArgv: conditionsOf(process.execArgv) });
  worker.unref();
  return worker;
}

/** The import conditions that this process was started with, however they were spelled, each as one argument. */
function conditionsOf(execArgv: readonly string[]): string[] {
  return execArgv.flatMap((argument, index) => {
    if (argument.startsWith('--conditions=')) return [argument];
    const condition = execArgv[index + 1];
    return (argument === '--conditions' || argument === '-C') && condition !== undefined
      ? [`--conditions=${condition}`]
      : [];
  });
}
