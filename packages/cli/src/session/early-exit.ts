/** A warning if the program itself ends the process while runs are unfinished. */
import type { Engine } from '@millrace/engine';
import { ExitCode } from '../environment/exit-codes.ts';
import type { Terminal } from '../output/terminal.ts';

/** Warns until removed, and makes such a process exit with a code other than 0. After a signal there is no warning: the stop is expected. */
export function warnOfEarlyExit({ err }: Terminal, engine: () => Engine): { remove(): void } {
  const onExit = (code: number): void => {
    if (engine().roots.size === 0 || engine().stopping !== null) return;
    if (code === 0) process.exitCode = ExitCode.Failed;
    err.write(
      `The program called process.exit(${code}) while runs were under way: unrecorded work is done again when they are resumed.\n`,
    );
  };
  process.once('exit', onExit);
  return { remove: () => void process.off('exit', onExit) };
}
