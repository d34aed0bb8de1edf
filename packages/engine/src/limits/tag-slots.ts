/**
 * The slots of a task run's tags, for task runs of the engine: a limit named `tag:<tag>` bounds the task runs with this tag, over all
 * processes.
 *
 * A slot is held while the body is at work. It is given back with the permit while the body waits for a child, because a nested map
 * under a limit of one would never end otherwise (law 6).
 */
import { awaitingSlot } from '@millrace/kernel';
import type { Permit, TaskRun } from '../runs/model.ts';
import { acquireSlots, mayAwaitSlot, releaseSlots } from './acquire.ts';

export interface TagSlots {
  release(): Promise<void>;
  /** Releases them with the commit of how the body ended. */
  bodyEnded(): void;
  /** A permit that lends the slots out together with the permit given. */
  permitOver(permit: Permit | null): Permit;
}

/** The slots of the run's tags; null when no tag has a limit. */
export async function acquireTagSlots(run: TaskRun, permit: Permit | null): Promise<TagSlots | null> {
  const names = (run.record?.tags ?? []).map((tag: string) => `tag:${tag}`);
  const request = { names, occupy: 1, mode: 'concurrency', holderId: run.id } as const;
  const onWait = (name: string, heldBy: readonly string[]): void => sayWaiting(run, name, heldBy);
  const leaseId = await acquireSlots(run, { request, permit, timeoutMs: null, onWait });
  if (leaseId === null) return null;
  let held: string | null = leaseId;
  let waits = 0;
  let isOver = false;
  const giveBack = async (): Promise<void> => {
    const lease = held;
    held = null;
    if (lease !== null) await releaseSlots(run.engine, { leaseId: lease, request });
  };
  let giving: Promise<void> = Promise.resolve();
  let taking: Promise<void> | null = null;
  const takeBack = async (permit: Permit | null): Promise<void> => {
    held = await acquireSlots(run, { request, permit, timeoutMs: null });
    taking = null;
  };
  const release = (): Promise<void> => {
    isOver = true;
    giving = giving.then(giveBack);
    return giving;
  };
  return {
    release,
    bodyEnded: () => void release(),
    permitOver: (inner) => ({
      suspend: () => {
        inner?.suspend();
        waits += 1;
        if (waits === 1) giving = giving.then(giveBack);
      },
      resume: async () => {
        await inner?.resume();
        waits -= 1;
        await giving;
        // A body that was left behind holds no slot.
        if (waits > 0 || isOver || held !== null) return;
        taking ??= takeBack(inner);
        await taking;
        // While it was granted, another part of the body began to wait.
        if (waits > 0 || isOver) await giveBack();
      },
    }),
  };
}

function sayWaiting(run: TaskRun, name: string, heldBy: readonly string[]): void {
  const { record, execution } = run;
  if (record === null || !mayAwaitSlot(run)) return;
  execution?.proposeTask(record, { state: awaitingSlot(run.engine.clock.now(), name, heldBy), by: 'engine' });
}
