/**
 * The command, from its arguments to its exit code. What is imported here is paid for by `--help`: everything a command needs is
 * loaded when it runs.
 */
import { ExitCode } from './environment/exit-codes.ts';
import { watchOutputErrors } from './output/output-errors.ts';
import { cliVersion } from './environment/version.ts';

/** The longest interval Node takes: its only job is to keep the process alive. */
const keepAliveMs = 2_147_483_647;

/**
 * Runs the `millrace` command.
 *
 * @param argv the arguments after the program's name
 * @returns the exit code: 0 done, 1 failed, 2 the command line is wrong, 130, 143 and 129 after SIGINT, SIGTERM and SIGHUP. Never rejects.
 * @example
 * process.exitCode = await main(process.argv.slice(2));
 */
export async function main(argv: readonly string[]): Promise<number> {
  if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
    process.stdout.write(`${cliVersion()}\n`);
    return ExitCode.Ok;
  }
  watchOutputErrors();
  // Else Node ends with code 13 wherever what is waited for keeps no process alive: a pooled connection, a timer of the display.
  const alive = setInterval(() => {}, keepAliveMs);
  try {
    const { runCommandLine } = await import('./program/run-command-line.ts');
    return await runCommandLine(argv);
  } finally {
    clearInterval(alive);
  }
}
