/** Runs the same command again in a child process that loads TypeScript with tsx. */
import { spawn } from 'node:child_process';
import { ExitCode } from '../environment/exit-codes.ts';

/** Set in the child, so that it doesn't start another child. */
export const underTsxMark = 'MILLRACE_UNDER_TSX';

/**
 * Runs this process's command line under tsx to its end.
 *
 * @param tsx the argument of `--import`
 * @returns the child's exit code
 */
export function runUnderTsx(tsx: string, environment: Readonly<Record<string, string | undefined>>): Promise<number> {
  const args = [...process.execArgv, '--import', tsx, ...process.argv.slice(1)];
  const child = spawn(process.execPath, args, { stdio: 'inherit', env: { ...environment, [underTsxMark]: '1' } });
  // A terminal sends Ctrl-C to both processes; the child handles it.
  const ignore = (): void => {};
  const forward = (signal: NodeJS.Signals): void => void child.kill(signal);
  process.on('SIGINT', ignore);
  process.on('SIGTERM', forward);
  process.on('SIGHUP', forward);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      process.off('SIGINT', ignore);
      process.off('SIGTERM', forward);
      process.off('SIGHUP', forward);
      resolve(code ?? codeOf(signal));
    });
  });
}

function codeOf(signal: NodeJS.Signals | null): number {
  if (signal === 'SIGHUP') return ExitCode.HungUp;
  if (signal === 'SIGINT') return ExitCode.Interrupted;
  return signal === 'SIGTERM' ? ExitCode.Terminated : ExitCode.Failed;
}
