/** The end of a simulation: each run came to what its plan says, and what was drawn once was drawn once. */
import { decodeValue } from '@millrace/kernel';
import type { Store } from '@millrace/store';
import { isDeepStrictEqual } from 'node:util';
import type { CommitWatch } from './commit-watch.ts';
import type { Mirror } from './mirror.ts';
import { expected, madeIn, type Program, stripped, withoutPositions } from './plan.ts';
import type { World } from './world.ts';

export interface Outcomes {
  readonly world: World;
  readonly store: Store;
  readonly programs: readonly Program[];
  readonly mirror: Mirror;
  readonly watch: CommitWatch;
}

export async function checkOutcomes(outcomes: Outcomes): Promise<void> {
  for (const item of outcomes.programs) await checkProgram(outcomes, item);
  await checkLogs(outcomes);
}

async function checkProgram(
  { world, store, mirror, watch }: Outcomes,
  { key, plan, cancelAtMs }: Program,
): Promise<void> {
  const row = mirror.byKey.get(key);
  if (row === undefined) return;
  if (watch.cancellingSince.has(row.id)) {
    if (row.stateType !== 'CANCELLED') world.violate(`${key} was cancelled and is ${row.stateType}`);
    return;
  }
  // No process held it when it was cancelled.
  if (row.stateType === 'CANCELLED' && cancelAtMs !== null) return;
  const stored = await store.read(({ flowRuns }) => flowRuns.get(row.id));
  // A body gets a full disk as the error of its request: then its failure is right.
  if (row.stateType === 'FAILED' && stored?.outcome?.includes('StoreFull') === true) return;
  const wanted = expected(plan);
  if ((row.stateType === 'COMPLETED') !== wanted.ok) {
    world.violate(
      `${key} is ${row.stateType}; ${wanted.ok ? 'COMPLETED' : 'FAILED'} is right. ${stored?.outcome?.slice(0, 300) ?? ''}`,
    );
    return;
  }
  if (!wanted.ok) {
    if (row.stateType !== 'FAILED') world.violate(`${key} is ${row.stateType}; FAILED is right`);
    return;
  }
  const value = stored?.outcome == null ? undefined : decodeValue(stored.outcome);
  const shown = mirror.isTrusted(row.id) ? withoutPositions : (given: unknown) => given;
  if (!isDeepStrictEqual(shown(stripped(value)), shown(wanted.value)))
    world.violate(`${key} gave ${JSON.stringify(stripped(value))}; ${JSON.stringify(wanted.value)} is right`);
  const tokens = madeIn(value)
    .filter(({ call }) => !call.startsWith('cache-'))
    .map(({ token }) => token);
  if (new Set(tokens).size !== tokens.length) world.violate(`${key} gave one value for two calls: ${tokens.join(' ')}`);
}

/** I12: no line of log is there twice. */
async function checkLogs({ world, store, mirror }: Outcomes): Promise<void> {
  const seen = new Set<string>();
  for (const { id } of mirror.flows.values()) {
    const lines = await store.read(({ logs }) => logs.list({ flowRunId: id, limit: 1_000 }));
    for (const { message } of lines) {
      if (/ t\d+$/.test(message) && seen.has(message)) world.violate(`I12 the line '${message}' is there twice`);
      seen.add(message);
    }
  }
}
