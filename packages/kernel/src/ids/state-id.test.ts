import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { derivesStateIds, hasLowBits, parseStateId, stateIdOf } from './state-id.ts';
import { createIdSource } from './uuid7.ts';

const webRandom = (count: number): Uint8Array => crypto.getRandomValues(new Uint8Array(count));
const nextId = createIdSource({ now: () => 1_790_000_000_000, randomBytes: webRandom });

describe('the id of a state', () => {
  it('leads back to its run and its ordinal', () => {
    fc.assert(
      fc.property(fc.nat({ max: 4095 }), (ordinal) => {
        const runId = nextId();
        expect(derivesStateIds(runId)).toBe(true);
        const id = stateIdOf(runId, ordinal);
        expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
        expect(parseStateId(id)).toEqual({ runId, bits: ordinal });
        expect(derivesStateIds(id)).toBe(false);
      }),
    );
  });

  it('is unlike those of the 4,000 states before it, and unlike the first for ever', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100_000 }), fc.integer({ min: 1, max: 4_000 }), (ordinal, before) => {
        const runId = nextId();
        const id = stateIdOf(runId, ordinal);
        expect(id).not.toBe(stateIdOf(runId, Math.max(0, ordinal - before)));
        expect(id).not.toBe(stateIdOf(runId, 0));
        expect(hasLowBits(ordinal, parseStateId(id)?.bits ?? -1)).toBe(true);
      }),
    );
  });

  it('is not derived from the id of a client', () => {
    expect(derivesStateIds('5f0c7c0e-9a4b-4c39-8e15-6f5a4f0c7000')).toBe(false);
    expect(derivesStateIds('01939f2a-6c1e-7b1c-9a55-0c7a6f1e2d3b')).toBe(false);
    expect(parseStateId('01939f2a-6c1e-7b1c-9a55-0c7a6f1e2d3b')).toBeUndefined();
  });
});
