/** Seeded histories hold, and a seed is a history: the same one gives the same, to the last event. */
import { expect, test } from 'vitest';
import { simulate } from './simulation.ts';

const SEEDS = 200;

test('the same seed gives the same history, whatever ran before it', async () => {
  const seeds = [1, 7, 42, 1_000, 77_777, 2 ** 40];
  const first = [];
  for (const seed of seeds) first.push(await simulate({ seed }));
  for (const [index, seed] of seeds.toReversed().entries()) {
    const again = await simulate({ seed, traceLines: 10 });
    expect(again.hash).toBe(first.at(-1 - index)?.hash);
  }
  expect(new Set(first.map(({ hash }) => hash)).size).toBe(seeds.length);
}, 60_000);

test(`${SEEDS} seeds hold`, async () => {
  for (let seed = 0; seed < SEEDS; seed += 1) {
    const { violations } = await simulate({ seed });
    expect(violations, `npm run simulate -- --seed ${seed}`).toEqual([]);
  }
}, 120_000);
