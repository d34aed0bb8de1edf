/** Reads the outcomes of many recorded runs in one read. */
import type { OutcomesRequest } from '../journal/journal.ts';
import type { LedgerContext } from '../state/ledger-context.ts';

/** Ids in one statement. */
const sliceMax = 500;

export function readOutcomes(
  { store }: LedgerContext,
  { taskRunIds, flowRunIds }: OutcomesRequest,
): Promise<readonly (readonly [runId: string, outcome: string | null])[]> {
  return store.read(async (transaction) => {
    const outcomes: [string, string | null][] = [];
    for (let start = 0; start < taskRunIds.length; start += sliceMax) {
      const slice = await transaction.taskRuns.outcomes(taskRunIds.slice(start, start + sliceMax));
      for (const [id, outcome] of slice) outcomes.push([id, outcome]);
    }
    for (const id of flowRunIds) outcomes.push([id, (await transaction.flowRuns.get(id))?.outcome ?? null]);
    return outcomes;
  });
}
