/** Parses and executes one command line. Errors become one report and an exit code; nothing is thrown from here. */
import { existsSync } from 'node:fs';
import { CommanderError } from 'commander';
import type { Ledger } from '@millrace/kernel';
import type { CommandContext } from '../context/command-context.ts';
import { ExitCode } from '../environment/exit-codes.ts';
import { channelOver, type Terminal, wantsUnicode } from '../output/terminal.ts';
import { createProgram } from './create-program.ts';
import { helpArguments } from './help-arguments.ts';

/** Executes the arguments after the program's name; resolves to the exit code. */
export async function runCommandLine(argv: readonly string[]): Promise<number> {
  const terminal = processTerminal();
  let exitCode: number = ExitCode.Ok;
  const wantsJson = hasJsonFlag(argv);
  const program = createProgram(
    async (load, input, { isJson }) => {
      const session = new LedgerSession();
      const context: CommandContext = {
        terminal,
        isJson,
        environment: process.env,
        ledger: (options) => session.ledger(options?.makes === true ? 'make' : 'write'),
        readLedger: () => session.ledger('read'),
      };
      try {
        exitCode = (await (await load())(context, input)) ?? ExitCode.Ok;
      } catch (error) {
        const { reportError } = await import('../output/error-report.ts');
        exitCode = reportError(terminal, error, { isJson });
      } finally {
        await session.close();
      }
    },
    wantsJson ? { writeErr: () => {} } : {},
  );
  try {
    await program.parseAsync(helpArguments(program, argv), { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return ExitCode.Ok;
    if (error instanceof CommanderError && !wantsJson) return ExitCode.Usage;
    const [{ reportError }, { UsageError }] = await Promise.all([
      import('../output/error-report.ts'),
      import('../arguments/usage-error.ts'),
    ]);
    const reported = error instanceof CommanderError ? new UsageError(error.message.replace(/^error: /, '')) : error;
    return reportError(terminal, reported, { isJson: wantsJson });
  }
  return exitCode;
}

/** Reads the flag without parsing the command line, because that is what may be wrong. */
function hasJsonFlag(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return argv.slice(0, end < 0 ? undefined : end).includes('--json');
}

function processTerminal(): Terminal {
  return {
    out: channelOver(process.stdout, process.env),
    err: channelOver(process.stderr, process.env),
    now: () => Date.now(),
    isUnicode: wantsUnicode(process.env),
  };
}

/** The database of the environment, open for the duration of one command. */
class LedgerSession {
  #close: (() => Promise<void>) | null = null;
  #ledger: Promise<Ledger> | null = null;

  ledger(use: 'make' | 'write' | 'read'): Promise<Ledger> {
    this.#ledger ??= this.#open(use);
    return this.#ledger;
  }

  async close(): Promise<void> {
    await this.#close?.();
  }

  async #open(use: 'make' | 'write' | 'read'): Promise<Ledger> {
    const [{ openEngine, readSettings }, { databasePath }] = await Promise.all([
      import('@millrace/local'),
      import('../environment/database-location.ts'),
    ]);
    const { databaseUrl } = readSettings(process.env);
    const path = databasePath(databaseUrl);
    // A read at a mistyped location must not create a database there.
    const isAbsent =
      use === 'read' ? await isUnmade(databaseUrl) : use === 'write' && path !== null && !existsSync(path);
    const engine = openEngine(
      isAbsent ? { settings: { databaseUrl: ':memory:' } } : { access: use === 'read' ? 'read' : 'write' },
    );
    this.#close = () => engine.close();
    return await engine.ledger();
  }
}

async function isUnmade(url: string): Promise<boolean> {
  const { lookAtStore } = await import('@millrace/store');
  return (await lookAtStore(url)) === 'absent';
}
