/**
 * The surroundings of a command: the terminal, and the ledger on demand. Commands use no process and no globals, so that a test can
 * give them memory to write to and a ledger of its own.
 */
import type { Ledger } from '@millrace/kernel';
import type { Terminal } from '../output/terminal.ts';

export interface CommandContext {
  readonly terminal: Terminal;
  /** One JSON document on standard output in place of text. */
  readonly isJson: boolean;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /**
   * Opened at the first call and closed when the command ends. If there is no database, this is an empty one in memory.
   *
   * @param options `makes`: create the database if there is none
   */
  ledger(options?: { readonly makes: boolean }): Promise<Ledger>;
  /** Read only: nothing is migrated or written, so that a database without write permission can be read. */
  readLedger(): Promise<Ledger>;
}

/** One command: resolves to its exit code; undefined means 0. */
export type Command<TInput> = (context: CommandContext, input: TInput) => Promise<number | undefined>;
