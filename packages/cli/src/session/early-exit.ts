/** Says that the program itself ended the process while runs were under way. */
import type { Engine } from '@millrace/engine';
import { ExitCode } from '../environment/exit-codes.ts';
import type { Terminal } from '../output/terminal.ts';

/** Tells of it until removed, and lets no such process end with 0. A process that was told to stop by a signal has told already. */
export function noteEarlyExit({ err }: Terminal, engine: () => Engine): { remove(): void } {
  const onExit = (code: number): void => {
    if (engine().roots.size === 0 || engine().stopping !== null) return;
    if (code === 0) process.exitCode = ExitCode.Failed;
    err.write(
      `The program called process.exit(${code}) while runs were under way: what is not recorded of them is done again when they are resumed.\n`,
    );
  };
  process.once('exit', onExit);
  return { remove: () => void process.off('exit', onExit) };
}
