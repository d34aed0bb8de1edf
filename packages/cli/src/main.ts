/**
 * The command, from its arguments to its exit code. Imports here slow down `--help`, so each command loads its code when it runs.
 */
import { ExitCode } from './environment/exit-codes.ts';
import { watchOutputErrors } from './output/output-errors.ts';
import { cliVersion } from './environment/version.ts';

/** The longest interval of Node. Its only purpose is to keep the process alive. */
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
  // Without it Node exits with code 13 while a command awaits something that does not keep the process alive, such as an unref'ed timer.
  const alive = setInterval(() => {}, keepAliveMs);
  try {
    const { runCommandLine } = await import('./program/run-command-line.ts');
    return await runCommandLine(argv);
  } finally {
    clearInterval(alive);
  }
}
