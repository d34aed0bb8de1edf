/**
 * Isolated workers of a program that is bundled with this package. There is no separate file to start them from, so they are started from
 * the bundle with a mark. In a marked worker the program's own top-level calls have no effect, as in any worker that imports it.
 */
import { workerData } from 'node:worker_threads';
import { ConfigurationError } from '@millrace/kernel';
import { ownProgram, ownScript } from '../adapters/own-files.ts';

const MARK = 'MILLRACE_ISOLATED_WORKER';

/** Whether this thread or process is a marked worker. */
export const isBundledWorker = isMarked();

/** The program of a worker, and the mark for its worker data or its environment. */
export interface WorkerStart {
  readonly program: URL | string;
  readonly mark: Readonly<Record<string, string>>;
}

/** @throws ConfigurationError if the program's code is in no file */
export function workerStart(): WorkerStart {
  const program = ownProgram('isolation', 'worker-main');
  if (program !== null) return { program, mark: {} };
  const script = ownScript();
  if (script === null)
    throw new ConfigurationError(
      "Tasks can't be isolated in this program, because its code is in no file that a worker could load: start it from a file, or use isolate: 'inline'.",
    );
  return { program: script.startsWith('file:') ? new URL(script) : script, mark: { [MARK]: '1' } };
}

/** In a marked worker: waits for bodies to call. Must be called while this package is loaded, before the program's code runs. */
export function startBundledWorker(): void {
  if (isBundledWorker) void import('./worker-program.ts').then(({ runWorkerProgram }) => runWorkerProgram());
}

function isMarked(): boolean {
  const data: unknown = workerData;
  if (typeof data === 'object' && data !== null && MARK in data) return true;
  const isProcess = process.send !== undefined && process.env[MARK] !== undefined;
  // Processes that a body starts are not workers.
  if (isProcess) delete process.env[MARK];
  return isProcess;
}
