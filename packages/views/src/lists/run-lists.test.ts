import type { FlowRunFilter, FlowRunRecord, Orphan, Runs } from '@millrace/kernel';
import { expect, it } from 'vitest';
import { readFlowRuns } from './run-lists.ts';

const orphan: Orphan = { kind: 'orphaned', cause: 'process-died', since: 0, takers: [], lostAt: 0 };

/** So many flow runs, newest first; every tenth has lost its process. Notes the limit of each page. */
function runsOf(count: number): { readonly runs: Runs; readonly limits: number[] } {
  const limits: number[] = [];
  const ids = Array.from({ length: count }, (_, index) => String(count - index).padStart(6, '0'));
  const runs: Partial<Runs> = {
    flowRuns: async ({ after, limit = 0 }: FlowRunFilter) => {
      limits.push(limit);
      const found = ids.filter((id) => after === undefined || id < after).slice(0, limit);
      return found.map((id) => ({ id }) as FlowRunRecord);
    },
    orphans: async (page) =>
      new Map(page.filter(({ id }) => id.endsWith('0')).map(({ id }): [string, Orphan] => [id, orphan])),
  };
  return { runs: runs as Runs, limits };
}

it('reads page by page until the list ends', async () => {
  const { runs, limits } = runsOf(1_200);
  const found = await readFlowRuns(runs, {}, { max: Number.POSITIVE_INFINITY });
  expect(new Set(found.map(({ id }) => id)).size).toBe(1_200);
  expect(limits).toEqual([500, 500, 500]);
});

it('reads no more rows than are asked for', async () => {
  const { runs, limits } = runsOf(1_200);
  expect(await readFlowRuns(runs, {}, { max: 501 })).toHaveLength(501);
  expect(limits).toEqual([500, 1]);
});

it('finds orphaned runs beyond the first page, newest first, and at most as many as are asked for', async () => {
  const { runs } = runsOf(1_200);
  const all = await readFlowRuns(runs, {}, { max: 1_000, onlyOrphaned: true });
  expect(all).toHaveLength(120);
  expect(all[0]?.id).toBe('001200');
  expect(await readFlowRuns(runs, {}, { max: 7, onlyOrphaned: true })).toHaveLength(7);
});
