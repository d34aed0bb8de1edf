/** Finds how other processes changed the runs that a session owns. Reads only, in pages. */
import type { FlowRunRecord } from '@millrace/kernel';
import type { FlowRunHead } from '@millrace/store';
import type { HeartbeatAnswer, OwnedRun } from '../journal/journal.ts';
import type { LedgerContext } from '../state/ledger-context.ts';

const pageSize = 500;

export async function findInterrupts(
  context: LedgerContext,
  sessionId: string,
  owned: readonly OwnedRun[],
): Promise<Omit<HeartbeatAnswer, 'wasLive'>> {
  if (owned.length === 0) return { interrupted: [], lost: [], missing: [] };
  const known = new Map(owned.map((run) => [run.flowRunId, run]));
  return { interrupted: await interruptedOf(context, sessionId, known), ...(await fatesOf(context, owned)) };
}

/** Those in a state that may stop them, unless their process has seen that row. */
async function interruptedOf(
  { store }: LedgerContext,
  sessionId: string,
  owned: ReadonlyMap<string, OwnedRun>,
): Promise<readonly FlowRunRecord[]> {
  const interrupted: FlowRunRecord[] = [];
  let heads: readonly FlowRunHead[] = [];
  do {
    const last = heads.at(-1);
    const page = { interrupted: true, limit: pageSize, ...(last === undefined ? {} : { after: last.id }) };
    heads = await store.read(({ flowRuns }) => flowRuns.heldBy(sessionId, page));
    for (const { id, revision } of heads) {
      const known = owned.get(id);
      if (known === undefined || known.revision === revision) continue;
      const stored = await store.read(({ flowRuns }) => flowRuns.get(id));
      if (stored !== undefined) interrupted.push(stored);
    }
  } while (heads.length === pageSize);
  return interrupted;
}

async function fatesOf(
  { store }: LedgerContext,
  owned: readonly OwnedRun[],
): Promise<Pick<HeartbeatAnswer, 'lost' | 'missing'>> {
  const lost: string[] = [];
  const missing: string[] = [];
  for (let start = 0; start < owned.length; start += pageSize) {
    const slice = owned.slice(start, start + pageSize);
    const heads = await store.read(({ flowRuns }) => flowRuns.heads(slice.map(({ flowRunId }) => flowRunId)));
    const tokens = new Map(heads.map((head) => [head.id, head.token]));
    for (const { flowRunId, fencingToken } of slice) {
      const token = tokens.get(flowRunId);
      if (token === undefined) missing.push(flowRunId);
      else if (token !== fencingToken) lost.push(flowRunId);
    }
  }
  return { lost, missing };
}
