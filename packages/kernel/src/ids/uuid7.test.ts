import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createIdSource, timeOfId } from './uuid7.ts';

const shape = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{9}000$/;
const webRandom = (count: number): Uint8Array => crypto.getRandomValues(new Uint8Array(count));

describe('ids', () => {
  it('are UUIDs of version 7 with the time of the clock, and twelve zero bits at the end', () => {
    const nextId = createIdSource({ now: () => 0x0123_4567_89ab, randomBytes: webRandom });
    const id = nextId();
    expect(id).toMatch(shape);
    expect(id.slice(0, 13)).toBe('01234567-89ab');
    expect(timeOfId(id)).toBe(0x0123_4567_89ab);
  });

  it('sort in the order they were made and never repeat, however the clock moves', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -5000, max: 5000 }), { minLength: 1, maxLength: 300 }),
        fc.uint8Array({ minLength: 4096, maxLength: 4096 }),
        (steps, bytes) => {
          let at = 1_790_000_000_000;
          const nextId = createIdSource({ now: () => at, randomBytes: () => bytes });
          const ids = steps.flatMap((step) => {
            at += step;
            return [nextId(), nextId()];
          });
          expect(ids).toEqual([...new Set(ids)].sort());
          for (const id of ids) expect(id).toMatch(shape);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('go on in order when the counter of a millisecond is used up', () => {
    // All bits set start the counter at 2^17 - 1, so the other half of its range has to be walked.
    const nextId = createIdSource({ now: () => 1000, randomBytes: (count) => new Uint8Array(count).fill(0xff) });
    const ids = Array.from({ length: 2 ** 17 + 10 }, nextId);
    expect(ids.findIndex((id, index) => index > 0 && id <= (ids[index - 1] ?? ''))).toBe(-1);
    expect(timeOfId(ids.at(-1) ?? '')).toBe(1001);
  });

  it('of two sources at the same millisecond do not meet', () => {
    const sources = [0, 1].map(() => createIdSource({ now: () => 1000, randomBytes: webRandom }));
    const ids = sources.flatMap((nextId) => Array.from({ length: 20_000 }, nextId));
    expect(new Set(ids).size).toBe(40_000);
  });

  it('tell no time when they are none', () => {
    expect(timeOfId('5f0c7c0e-9a4b-4c39-8e15-6f5a4f0c7c0e')).toBeUndefined();
    expect(timeOfId('')).toBeUndefined();
  });
});
