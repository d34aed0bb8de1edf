/**
 * Reads all runs of a kind, page by page. A page that can't be read is read again row by row, so that a bad row is named and
 * hides no other (I13).
 */
import { describeValue } from '@millrace/kernel';
import type { RunTable, Store, Transaction } from '@millrace/store';
import type { Findings } from './finding.ts';

const pageSize = 500;

export interface Page {
  readonly limit: number;
  readonly after?: string;
}

export interface ReadAll<TRow> {
  readonly store: Store;
  readonly table: RunTable;
  /** Newest first. */
  readonly list: (transaction: Transaction, page: Page) => Promise<readonly TRow[]>;
  readonly each: (row: TRow) => Promise<void> | void;
  readonly findings: Findings;
  /** How many rows are enough. */
  readonly rowsMax: number;
  /** Called after each page with the number of its rows. */
  readonly onPage: (rows: number) => void;
}

/** Calls `each` for every row that can be read, until there are findings, or rows, enough. */
export async function readAll<TRow extends { readonly id: string }>(options: ReadAll<TRow>): Promise<void> {
  const { store, list, each, findings, rowsMax, onPage } = options;
  let after: string | undefined;
  let count = 0;
  while (!findings.full && count < rowsMax) {
    const limit = Math.min(pageSize, rowsMax - count);
    const page = { limit, ...(after === undefined ? {} : { after }) };
    let rows: readonly TRow[];
    try {
      rows = await store.read((transaction) => list(transaction, page));
    } catch {
      const passed = await readSingly(options, after);
      count += passed.count;
      onPage(passed.count);
      if (passed.last === undefined) return;
      after = passed.last;
      continue;
    }
    for (const row of rows) await each(row);
    count += rows.length;
    onPage(rows.length);
    after = rows.at(-1)?.id ?? after;
    if (rows.length < limit) return;
  }
}

/** One page row by row; `last` undefined = there are no more. */
async function readSingly<TRow extends { readonly id: string }>(
  { store, table, list, each, findings }: ReadAll<TRow>,
  from: string | undefined,
): Promise<{ readonly last: string | undefined; readonly count: number }> {
  let after = from;
  for (let count = 0; count < pageSize; count += 1) {
    const page = { limit: 1, ...(after === undefined ? {} : { after }) };
    const id = await store.read(({ inspection }) => inspection.nextId(table, after));
    if (id === undefined) return { last: undefined, count };
    try {
      for (const row of await store.read((transaction) => list(transaction, page))) await each(row);
    } catch (error) {
      findings.add({ invariant: 'I13', runId: id, message: `it can't be read: ${reasonOf(error)}` });
    }
    after = id;
  }
  return { last: after, count: pageSize };
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : describeValue(error);
}
