/** How the command was called, so that what is suggested next can be pasted as it is. */

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * `millrace`, `npx millrace`, or what a script that wraps the command says in MILLRACE_COMMAND.
 *
 * @example
 * `${invokedAs(process.env)} flow-run ls`;
 */
export function invokedAs(environment: Environment): string {
  const { MILLRACE_COMMAND, npm_command } = environment;
  if (MILLRACE_COMMAND !== undefined && MILLRACE_COMMAND !== '') return MILLRACE_COMMAND;
  // A script of npm's finds the command too, and the shell that started it need not.
  return npm_command === undefined ? 'millrace' : 'npx millrace';
}
