/** The words by which the command was called, so that a suggested command can be pasted as it stands. */

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * `millrace`, `npx millrace`, or the value of MILLRACE_COMMAND, which a script that wraps the command sets.
 *
 * @example
 * `${invokedAs(process.env)} flow-run ls`;
 */
export function invokedAs(environment: Environment): string {
  const { MILLRACE_COMMAND, npm_command } = environment;
  if (MILLRACE_COMMAND !== undefined && MILLRACE_COMMAND !== '') return MILLRACE_COMMAND;
  // An npm script finds the command in node_modules; the shell that ran the script may not.
  return npm_command === undefined ? 'millrace' : 'npx millrace';
}
