/** Unhandled rejections in the user's module: reported at the end like other failures, because a crash would interrupt the runs. */

export interface StrayRejections {
  readonly errors: readonly unknown[];
  stop(): void;
}

/** Collects unhandled rejections until stopped. */
export function watchStrayRejections(): StrayRejections {
  const errors: unknown[] = [];
  const collect = (error: unknown): void => void errors.push(error);
  process.on('unhandledRejection', collect);
  return { errors, stop: () => void process.off('unhandledRejection', collect) };
}
