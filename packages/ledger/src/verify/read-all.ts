/**
 * Reads all rows of a kind, page by page. A page that can't be read is read again row by row, so that one bad row is
 * named and hides no other (I13).
 */
import type { Finding } from './finding.ts';

const pageSize = 500;

export interface Page {
  readonly limit: number;
  readonly after?: string;
}

export interface ReadAll<TRow> {
  /** Newest first. */
  readonly list: (page: Page) => Promise<readonly TRow[]>;
  readonly each: (row: TRow) => Promise<void> | void;
  readonly find: (finding: Finding) => void;
}

/** Calls `each` for every row that can be read. */
export async function readAll<TRow extends { readonly id: string }>({
  list,
  each,
  find,
}: ReadAll<TRow>): Promise<void> {
  let after: string | undefined;
  let limit = pageSize;
  for (;;) {
    let rows: readonly TRow[];
    try {
      rows = await list({ limit, ...(after === undefined ? {} : { after }) });
    } catch (error) {
      if (limit > 1) {
        limit = 1;
        continue;
      }
      const reason = error instanceof Error ? error.message : String(error);
      find({
        invariant: 'I13',
        runId: null,
        message: `the row after '${after ?? 'the start'}' can't be read: ${reason}`,
      });
      return;
    }
    for (const row of rows) await each(row);
    after = rows.at(-1)?.id ?? after;
    if (rows.length < limit) return;
  }
}
