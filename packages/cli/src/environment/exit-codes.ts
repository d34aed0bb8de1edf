/** The exit codes of the process. A code never changes its meaning, because scripts rely on it. */
export const ExitCode = {
  /** Success; for `run`: the flow completed. */
  Ok: 0,
  /** Failure; for `run`: the flow ended in any other state. */
  Failed: 1,
  /** A mistake in the command line. Nothing was done. */
  Usage: 2,
  HungUp: 129,
  Interrupted: 130,
  Terminated: 143,
} as const;
