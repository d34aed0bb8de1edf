/** Whole lists from a ledger that gives pages: read on until a page comes short, or the cap is reached. */
import type { FlowRunFilter, FlowRunRecord, PageRequest, Runs, TaskRunFilter, TaskRunRecord } from '@millrace/kernel';

const pageSize = 500;

/** Flow runs, newest first, at most `max`. */
export function allFlowRuns(runs: Runs, filter: FlowRunFilter, max: number): Promise<readonly FlowRunRecord[]> {
  return readPages((page) => runs.flowRuns({ ...filter, ...page }), max);
}

/** Task runs, newest first, at most `max`. */
export function allTaskRuns(runs: Runs, filter: TaskRunFilter, max: number): Promise<readonly TaskRunRecord[]> {
  return readPages((page) => runs.taskRuns({ ...filter, ...page }), max);
}

async function readPages<T extends { readonly id: string }>(
  read: (page: PageRequest) => Promise<readonly T[]>,
  max: number,
): Promise<readonly T[]> {
  const all: T[] = [];
  while (all.length < max) {
    const last = all.at(-1);
    const limit = Math.min(pageSize, max - all.length);
    const page = await read(last === undefined ? { limit } : { limit, after: last.id });
    all.push(...page);
    if (page.length < limit) break;
  }
  return all;
}
