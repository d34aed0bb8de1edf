/**
 * The heartbeat in a thread of its own: a body that keeps the main loop busy for a minute must not look dead.
 *
 * The thread opens a small store connection and extends the session's lease; it holds nothing else. It is unreferenced:
 * it never keeps the process alive, and dies with it.
 */
import { Worker } from 'node:worker_threads';
import type { Heartbeat, HeartbeatTarget } from '@millrace/ledger';

export interface ThreadOptions {
  readonly databaseUrl: string;
}

/** Starts a thread that extends the session's lease each `everyMs` until closed. */
export function threadHeartbeat(options: ThreadOptions): Heartbeat {
  return {
    start(target: HeartbeatTarget) {
      const worker = new Worker(new URL(`./heartbeat-main.${extension()}`, import.meta.url), {
        workerData: {
          databaseUrl: options.databaseUrl,
          sessionId: target.sessionId,
          everyMs: target.everyMs,
          ttlMs: target.ttlMs,
        },
        execArgv: conditionsOf(process.execArgv),
        stdout: false,
        stderr: false,
      });
      worker.unref();
      worker.on('error', () => target.failed());
      return {
        async stop(): Promise<void> {
          await worker.terminate();
        },
      };
    },
  };
}

/** This file's own ending: the thread's program lies beside it, built or not. */
function extension(): string {
  return import.meta.url.endsWith('.ts') ? 'ts' : 'js';
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
