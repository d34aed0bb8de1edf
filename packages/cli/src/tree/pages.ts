/** Whole lists from a ledger that gives pages: read on until a page comes short, or the cap is reached. */
import type { FlowRunFilter, FlowRunRecord, PageRequest, Runs, TaskRunFilter, TaskRunRecord } from '@millrace/kernel';

const pageSize = 500;

/** Flow runs, newest first, at most `max`. */
export function allFlowRuns(runs: Runs, filter: FlowRunFilter, max: number): Promise<readonly FlowRunRecord[]> {
  return readPages((page) => runs.flowRuns({ ...filter, ...page }), max);
}

/** Those of them without a process, newest first, at most `max`. */
export function orphanedFlowRuns(runs: Runs, filter: FlowRunFilter, max: number): Promise<readonly FlowRunRecord[]> {
  return readPages(
    (page) => runs.flowRuns({ ...filter, ...page }),
    max,
    async (page) => {
      const orphans = await runs.orphans(page);
      return page.filter(({ id }) => orphans.has(id));
    },
  );
}

/** Those of them without a process, newest first, at most `max`. */
export function orphanedTaskRuns(runs: Runs, filter: TaskRunFilter, max: number): Promise<readonly TaskRunRecord[]> {
  return readPages(
    (page) => runs.taskRuns({ ...filter, ...page }),
    max,
    async (page) => {
      const orphans = await runs.orphans(page);
      return page.filter(({ id }) => orphans.has(id));
    },
  );
}

/** Task runs, newest first, at most `max`. */
export function allTaskRuns(runs: Runs, filter: TaskRunFilter, max: number): Promise<readonly TaskRunRecord[]> {
  return readPages((page) => runs.taskRuns({ ...filter, ...page }), max);
}

async function readPages<T extends { readonly id: string }>(
  read: (page: PageRequest) => Promise<readonly T[]>,
  max: number,
  keep?: (page: readonly T[]) => Promise<readonly T[]>,
): Promise<readonly T[]> {
  const all: T[] = [];
  let after: string | undefined;
  while (all.length < max) {
    const limit = keep === undefined ? Math.min(pageSize, max - all.length) : pageSize;
    const page = await read(after === undefined ? { limit } : { limit, after });
    all.push(...(keep === undefined ? page : await keep(page)));
    if (page.length < limit) break;
    after = page.at(-1)?.id;
  }
  return all.slice(0, max);
}
