/** A semaphore: no more permits than its limit, first come, first served, and a permit that is lent out comes back once. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Semaphore } from './semaphore.ts';

/** The next step of one of several bodies. */
const step = fc.record({ body: fc.nat(5), does: fc.constantFrom('suspend', 'resume', 'end') });

describe('a semaphore', () => {
  it('grants no more permits than its limit, whatever its holders do', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 3 }), fc.array(step, { maxLength: 40 }), async (limit, steps) => {
        const semaphore = new Semaphore(limit);
        const bodies = await Promise.all(
          Array.from({ length: limit }, async () => {
            await semaphore.take();
            return { holder: semaphore.permit(), waits: 0 };
          }),
        );
        for (const { body: index, does } of steps) {
          const body = bodies[index % limit] ?? expect.unreachable();
          if (does === 'suspend') {
            body.waits += 1;
            body.holder.suspend();
          } else if (does === 'end') body.holder.end();
          else if (body.waits > 0) {
            body.waits -= 1;
            void body.holder.resume();
          }
          expect(semaphore.taken).toBeLessThanOrEqual(limit);
          expect(semaphore.taken).toBeGreaterThanOrEqual(0);
        }
        for (const { holder } of bodies) holder.end();
        // The permits that are granted to bodies that have ended go to the next in turn.
        for (let turn = 0; turn < 2 * limit + 2; turn += 1) await null;
        expect(semaphore.taken).toBe(0);
      }),
    );
  });

  it('serves those that wait in the order they came', async () => {
    const semaphore = new Semaphore(1);
    await semaphore.take();
    const served: number[] = [];
    const waits = [1, 2, 3].map((number) => semaphore.take()?.then(() => served.push(number)));
    for (let given = 0; given < 3; given += 1) {
      semaphore.give();
      await waits[given];
    }
    expect(served).toEqual([1, 2, 3]);
  });

  it('serves those that wait when it is widened', async () => {
    const semaphore = new Semaphore(1);
    await semaphore.take();
    const waits = [semaphore.take(), semaphore.take()];
    semaphore.widen(3);
    await Promise.all(waits);
    expect(semaphore.taken).toBe(3);
    semaphore.widen(2);
    expect(semaphore.take()).toBeInstanceOf(Promise);
  });

  it('lends a permit out once, however many waits of a body overlap', async () => {
    const semaphore = new Semaphore(1);
    await semaphore.take();
    const holder = semaphore.permit();
    holder.suspend();
    holder.suspend();
    expect(semaphore.taken).toBe(0);
    expect(holder.resume()).toBeUndefined();
    expect(semaphore.taken).toBe(0);
    expect(holder.resume()).toBeUndefined();
    expect(semaphore.taken).toBe(1);
  });
});
