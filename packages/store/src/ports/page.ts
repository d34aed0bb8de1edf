/** Paging by key: every list of the store is bounded, and a page continues after the last key of the page before (law 8). */

/** One page of a list. */
export interface PageRequest {
  /** At most this many rows (default 100, cap 1,000). */
  readonly limit?: number;
  /** The last key (id or name) of the page before; absent = the first page. */
  readonly after?: string;
}

const limitDefault = 100;
const limitMax = 1_000;

/** The number of rows a page may have. */
export function pageLimit(page: PageRequest | undefined): number {
  const limit = page?.limit ?? limitDefault;
  if (!Number.isFinite(limit)) return limitMax;
  return Math.min(limitMax, Math.max(1, Math.trunc(limit)));
}
