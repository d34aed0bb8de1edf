/**
 * What a command is given: where to write, and the ledger when it asks for it. Commands know no process and no global, so that
 * a test hands them a page of memory and a ledger of its own.
 */
import type { Ledger } from '@millrace/kernel';
import type { Terminal } from '../output/terminal.ts';

export interface CommandContext {
  readonly terminal: Terminal;
  /** One JSON document on standard output in place of text. */
  readonly isJson: boolean;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /**
   * Opened at the first call; closed when the command has ended. Where there is no database, it is an empty one, and none is made.
   *
   * @param options `makes`: the command writes what belongs into a new one too
   */
  ledger(options?: { readonly makes: boolean }): Promise<Ledger>;
  /** As `ledger`, to look only: nothing is migrated or written, and a database that can't be written will do. */
  readLedger(): Promise<Ledger>;
}

/** One command: resolves to its exit code, nothing meaning 0. */
export type Command<TInput> = (context: CommandContext, input: TInput) => Promise<number | undefined>;
