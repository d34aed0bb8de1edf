/** The ledger as lists need it: runs of dead processes are told from those that run, first. */
import type { Ledger } from '@millrace/kernel';
import { isMillraceError } from '@millrace/kernel';
import type { CommandContext } from './command-context.ts';

/** The ledger, after one sweep. A database that can't be written is listed as it is. */
export async function sweptLedger(context: CommandContext): Promise<Ledger> {
  const ledger = await context.ledger();
  try {
    await ledger.sweep();
  } catch (error) {
    if (!isMillraceError(error)) throw error;
    context.terminal.err.write(`Runs of dead processes may still be shown as running: ${error.message}\n`);
  }
  return ledger;
}
