/** What the process's exit code says. Scripts rely on them: a code never changes its meaning. */
export const ExitCode = {
  /** Done; of `run`: the flow completed. */
  Ok: 0,
  /** It failed; of `run`: the flow ended in any other state. */
  Failed: 1,
  /** The command line is wrong. Nothing was done. */
  Usage: 2,
  HungUp: 129,
  Interrupted: 130,
  Terminated: 143,
} as const;
