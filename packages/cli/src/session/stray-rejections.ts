/** Promises of the user's module that nobody handles: told at the end like any other failure, in place of a crash in the middle of a run. */

export interface StrayRejections {
  readonly errors: readonly unknown[];
  stop(): void;
}

/** Collects them until stopped. */
export function watchStrayRejections(): StrayRejections {
  const errors: unknown[] = [];
  const collect = (error: unknown): void => void errors.push(error);
  process.on('unhandledRejection', collect);
  return { errors, stop: () => void process.off('unhandledRejection', collect) };
}
