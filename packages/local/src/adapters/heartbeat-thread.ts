/**
 * The heartbeat in a thread of its own, so that the lease is extended even while a body blocks the main loop.
 *
 * The thread opens one connection to the store and only extends the session's lease. It is unreferenced, so it never keeps the process
 * alive, and it ends with the process.
 */
import { thrownText } from '@millrace/kernel';
import { Worker } from 'node:worker_threads';
import type { Heartbeat, HeartbeatTarget } from '@millrace/ledger';
import { ownProgram } from './own-files.ts';

export interface ThreadOptions {
  readonly databaseUrl: string;
  /** The time a body may block the main loop after a signal to stop. */
  readonly graceMs: number;
  /** Called with a message if the thread fails and the main loop has to extend the lease. */
  readonly onFailure: (text: string) => void;
}

/** Starts a thread that extends the session's lease each `everyMs` until closed. */
export function threadHeartbeat({ databaseUrl, graceMs, onFailure }: ThreadOptions): Heartbeat {
  return {
    start(target: HeartbeatTarget) {
      const { sessionId, everyMs, ttlMs } = target;
      const failed = (error: unknown): void => {
        onFailure(
          `The heartbeat thread failed, so the main loop extends the lease: a body that blocks it for over ${ttlMs / 1000} s loses its run to another process. ${thrownText(error)}`,
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

/** The import conditions that this process was started with, in any spelling, each as one argument. */
function conditionsOf(execArgv: readonly string[]): string[] {
  return execArgv.flatMap((argument, index) => {
    if (argument.startsWith('--conditions=')) return [argument];
    const condition = execArgv[index + 1];
    return (argument === '--conditions' || argument === '-C') && condition !== undefined
      ? [`--conditions=${condition}`]
      : [];
  });
}
