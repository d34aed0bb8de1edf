/**
 * Recognizes a worker process of vitest that died of a signal raised by Node itself (a trap, an illegal instruction, a bad
 * memory access): the fault is then in no test. SIGKILL and SIGABRT don't count, because want of memory and failed assertions
 * of native code end a process so, and a test can cause both.
 */

/** A worker process that crashed. */
export interface WorkerCrash {
  readonly signal: string;
  /** Paths of the test files that it ran. */
  readonly files: readonly string[];
}

const CRASH =
  /^Worker exited unexpectedly with .*signal (SIGTRAP|SIGSEGV|SIGILL|SIGBUS) .* while running test files? (.+)$/s;

/** Reads vitest's error for a worker that exited, which is the cause of another; undefined for any other error. */
export function parseWorkerCrash(error: unknown): WorkerCrash | undefined {
  const cause = error instanceof Object && 'cause' in error ? error.cause : undefined;
  const message = cause instanceof Object && 'message' in cause ? String(cause.message) : '';
  const [, signal, files] = CRASH.exec(message) ?? [];
  return signal === undefined || files === undefined ? undefined : { signal, files: files.split(', ') };
}
