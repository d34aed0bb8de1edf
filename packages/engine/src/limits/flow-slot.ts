/** The slot of a flow's own limit (`concurrency`), which bounds how many of its runs are at work at once, over all processes. */
import { awaitingSlot } from '@millrace/kernel';
import type { FlowRun, Permit } from '../runs/model.ts';
import { acquireSlots, mayAwaitSlot, releaseSlots } from './acquire.ts';
import { SlotsOfRun } from './held-slots.ts';
import { slotWaitsOf } from './slot-waits.ts';

/** A slot of a flow's own limit. It is held over the body's waits, and released after the end of the run is recorded. */
export interface FlowSlot {
  release(): Promise<void>;
  bodyEnded(): void;
  permitOver(permit: Permit | null): Permit | null;
}

const unchanged = { bodyEnded: () => {}, permitOver: (permit: Permit | null) => permit };

/** Waits for a slot of the limit `flow:<name>`, which is made (or changed) to what the flow says. */
export async function acquireFlowSlot(
  run: FlowRun,
  { limit, permit }: { readonly limit: number; readonly permit: Permit | null },
): Promise<FlowSlot> {
  const { definition } = run;
  const { limits } = run.engine.opened;
  const name = `flow:${definition.name}`;
  if ((await limits.get(name))?.limit !== limit) await limits.set({ name, limit });
  const request = { names: [name], occupy: 1, mode: 'concurrency', holderId: run.id } as const;
  const onWait = (_: string, heldBy: readonly string[]): void => {
    if (mayAwaitSlot(run))
      run.execution?.queueFlow({ state: awaitingSlot(run.engine.clock.now(), name, heldBy), by: 'engine' });
  };
  const leaseId = await acquireSlots(run, { request, permit, timeoutMs: null, onWait });
  if (leaseId === null) return { ...unchanged, release: async () => {} };
  const held = new SlotsOfRun(run, name);
  slotWaitsOf(run.engine).hold(held);
  return { ...unchanged, release: async () => await releaseSlots(run.engine, { leaseId, request, held }) };
}
