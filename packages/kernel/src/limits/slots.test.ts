import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideSlots, type LimitUse } from './slots.ts';

const context = { now: 1_000, random: () => 0.5 };
const limit = (over: Partial<LimitUse> = {}): LimitUse => ({
  name: 'db',
  limit: 2,
  slotDecayPerSecond: 0,
  active: true,
  occupied: 0,
  nextFreeAt: null,
  ...over,
});

describe('slots', () => {
  it.each([
    ['no limit', [], 1, 'concurrency', { kind: 'free', names: [] }],
    ['room', [limit({ occupied: 1 })], 1, 'concurrency', { kind: 'free', names: ['db'] }],
    ['no room', [limit({ occupied: 1 })], 2, 'concurrency', { kind: 'full', name: 'db', retryAfterMs: 500 }],
    ['switched off', [limit({ occupied: 9, active: false })], 1, 'concurrency', { kind: 'free', names: [] }],
    ['more than there are', [limit()], 3, 'concurrency', { kind: 'impossible', name: 'db', limit: 2, why: 'too-many' }],
    ['a limit of zero', [limit({ limit: 0 })], 1, 'concurrency', { kind: 'full', name: 'db', retryAfterMs: 500 }],
    ['a rate of nothing', [limit()], 1, 'rate', { kind: 'impossible', name: 'db', limit: 2, why: 'no-rate' }],
    [
      'a rate',
      [limit({ slotDecayPerSecond: 4, occupied: 2, nextFreeAt: 1_100 })],
      2,
      'rate',
      { kind: 'full', name: 'db', retryAfterMs: 350 },
    ],
    [
      'the first that is full',
      [limit({ name: 'a' }), limit({ name: 'b', occupied: 2 })],
      1,
      'concurrency',
      { kind: 'full', name: 'b', retryAfterMs: 500 },
    ],
  ] as const)('%s', (_title, limits, occupy, mode, expected) => {
    expect(decideSlots(limits, { occupy, mode }, context)).toEqual(expected);
  });

  it('are never given above a limit, and the wait is bounded', () => {
    const limits = fc.array(
      fc.record({
        name: fc.string(),
        limit: fc.nat(5),
        slotDecayPerSecond: fc.constantFrom(0, 0.001, 10),
        active: fc.boolean(),
        occupied: fc.nat(6),
        nextFreeAt: fc.option(fc.integer({ min: -10_000, max: 100_000 }), { nil: null }),
      }),
    );
    fc.assert(
      fc.property(
        limits,
        fc.integer({ min: 1, max: 6 }),
        fc.constantFrom('concurrency' as const, 'rate' as const),
        (uses, occupy, mode) => {
          const decision = decideSlots(uses, { occupy, mode }, context);
          if (decision.kind === 'free') {
            expect(uses.filter((use) => use.active && use.occupied + occupy > use.limit)).toEqual([]);
          } else if (decision.kind === 'full') {
            expect(decision.retryAfterMs).toBeGreaterThanOrEqual(1);
            expect(decision.retryAfterMs).toBeLessThanOrEqual(30_000);
          }
        },
      ),
    );
  });
});
