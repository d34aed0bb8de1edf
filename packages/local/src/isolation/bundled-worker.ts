/**
 * Isolated workers of a program that is bundled with this package: there is no other file to start them with, so they are
 * started with the bundle, and this marks them. In one, top-level calls of the program start nothing, as in any worker that
 * imports it.
 */
import { workerData } from 'node:worker_threads';
import { ConfigurationError } from '@millrace/kernel';
import { ownProgram, ownScript } from '../adapters/own-files.ts';

const MARK = 'MILLRACE_ISOLATED_WORKER';

/** Whether this thread or process is such a worker. */
export const isBundledWorker = isMarked();

/** The program of a worker and its mark, which is passed as worker data or in the environment. */
export interface WorkerStart {
  readonly program: URL | string;
  readonly mark: Readonly<Record<string, string>>;
}

/** @throws ConfigurationError where the program's code is in no file */
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

/** In a marked worker: waits for bodies to run. It has to be called while this package is loaded, before the program's code runs. */
export function startBundledWorker(): void {
  if (isBundledWorker) void import('./worker-program.ts').then(({ runWorkerProgram }) => runWorkerProgram());
}

function isMarked(): boolean {
  const data: unknown = workerData;
  if (typeof data === 'object' && data !== null && MARK in data) return true;
  const isProcess = process.send !== undefined && process.env[MARK] !== undefined;
  // Processes that the bodies start are no workers.
  if (isProcess) delete process.env[MARK];
  return isProcess;
}
