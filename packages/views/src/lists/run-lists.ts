/** Whole lists of runs, read page by page: up to `max` runs, or all of them when there are fewer. */
import type { FlowRunFilter, FlowRunRecord, PageRequest, Runs, TaskRunFilter, TaskRunRecord } from '@millrace/kernel';

const pageSize = 500;

/** How many runs are read, and which. */
export interface ReadOptions {
  readonly max: number;
  /** Only runs that have lost their process. Orphaned is no recorded state, so whole pages are read and filtered here. */
  readonly onlyOrphaned?: boolean;
}

/** Flow runs, newest first. */
export function readFlowRuns(
  runs: Runs,
  filter: FlowRunFilter,
  options: ReadOptions,
): Promise<readonly FlowRunRecord[]> {
  return readPages(runs, (page) => runs.flowRuns({ ...filter, ...page }), options);
}

/** Task runs, newest first. */
export function readTaskRuns(
  runs: Runs,
  filter: TaskRunFilter,
  options: ReadOptions,
): Promise<readonly TaskRunRecord[]> {
  return readPages(runs, (page) => runs.taskRuns({ ...filter, ...page }), options);
}

async function readPages<T extends FlowRunRecord | TaskRunRecord>(
  runs: Runs,
  read: (page: PageRequest) => Promise<readonly T[]>,
  { max, onlyOrphaned = false }: ReadOptions,
): Promise<readonly T[]> {
  const all: T[] = [];
  let after: string | undefined;
  while (all.length < max) {
    const limit = onlyOrphaned ? pageSize : Math.min(pageSize, max - all.length);
    const page = await read(after === undefined ? { limit } : { limit, after });
    all.push(...(onlyOrphaned ? await orphanedOf(runs, page) : page));
    if (page.length < limit) break;
    after = page.at(-1)?.id;
  }
  return all.slice(0, max);
}

async function orphanedOf<T extends FlowRunRecord | TaskRunRecord>(runs: Runs, page: readonly T[]): Promise<T[]> {
  const orphans = await runs.orphans(page);
  return page.filter(({ id }) => orphans.has(id));
}
