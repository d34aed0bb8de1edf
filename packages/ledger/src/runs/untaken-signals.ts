/** Looks for signals that nobody took, page by page: a run may have been sent many of names that it never asks for. */
import type { Transaction } from '@millrace/store';

const pageSize = 500;

/** Whether a signal of one of these names waits for the flow run. */
export async function hasUntaken(
  transaction: Transaction,
  flowRunId: string,
  names: ReadonlySet<string>,
): Promise<boolean> {
  let after: string | undefined;
  for (;;) {
    const page = after === undefined ? {} : { after };
    const signals = await transaction.signals.list(flowRunId, { untaken: true, limit: pageSize, ...page });
    if (signals.some((signal) => names.has(signal.name))) return true;
    after = signals.at(-1)?.id;
    if (after === undefined || signals.length < pageSize) return false;
  }
}
