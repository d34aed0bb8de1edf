/** The waits for slots of one process: first come, first served, and no slot that comes free is missed. */
import { describe, expect, it } from 'vitest';
import { type SlotWait, SlotWaits } from './slot-waits.ts';

const limit = 'database';

/** Waits that note what they are called for. `pausing`: it waits for a slot to come free; else it is asking the ledger. */
function waitsOf(waits: SlotWaits, count: number, { pausing }: { readonly pausing: boolean }) {
  const calls: string[] = [];
  const all = Array.from({ length: count }, (_, index): SlotWait => {
    const wait: SlotWait = { wake: null, lead: () => calls.push(`lead ${index}`) };
    if (pausing)
      wait.wake = () => {
        wait.wake = null;
        calls.push(`wake ${index}`);
      };
    waits.join(limit, wait);
    return wait;
  });
  return { calls, at: (index: number): SlotWait => all[index] ?? expect.unreachable() };
}

describe('waits for a slot', () => {
  it.each([1, 2, 3])('of which %i may wake are woken in the order they came', (occupy) => {
    const waits = new SlotWaits();
    const { calls } = waitsOf(waits, 3, { pausing: true });
    waits.release([limit], { occupy });
    expect(calls).toEqual(['wake 0', 'wake 1', 'wake 2'].slice(0, occupy));
    expect(waits.takeMissed(limit)).toBe(false);
  });

  it('that all ask the ledger when a slot comes free ask again, once', () => {
    const waits = new SlotWaits();
    waitsOf(waits, 2, { pausing: false });
    waits.release([limit], { occupy: 1 });
    expect([waits.takeMissed(limit), waits.takeMissed(limit)]).toEqual([true, false]);
  });

  it('lead in their turn, and ask the more rarely the more are before them', () => {
    const waits = new SlotWaits();
    const { calls, at } = waitsOf(waits, 3, { pausing: true });
    expect([0, 1, 2].map((index) => waits.before(limit, at(index)))).toEqual([0, 2, 2]);
    waits.leave(limit, at(0), false);
    expect(calls).toEqual(['lead 1']);
    waits.leave(limit, at(0), false);
    expect(calls).toEqual(['lead 1']);
    waits.leave(limit, at(1), true);
    expect(calls).toEqual(['lead 1', 'wake 2']);
  });

  it('of another limit are left alone', () => {
    const waits = new SlotWaits();
    const { calls } = waitsOf(waits, 1, { pausing: true });
    waits.release(['printer'], { occupy: 1 });
    expect(calls).toEqual([]);
  });
});
