/** The simulator finds planted faults: without this, that it finds none would say nothing. All: npm run simulate -- --bug-farm. */
import { expect, test } from 'vitest';
import { findBugs } from './find-bugs.ts';
import { plantedBugs } from './planted-bugs.ts';

/** Found within few seeds, one of each part. */
const quick = [
  'token-stays',
  'lost-write',
  'short-lease',
  'settles-before-commit',
  'replay-by-position',
  'ended-taken-up',
  'occurrence-lost',
  'due-time-dropped',
  'threads-unseen',
  'look-sweeps',
  'last-arrival-wins',
  'second-start-rejected',
];

test.each(quick)(
  '%s is found',
  async (name) => {
    const [caught] = await findBugs({ from: 0, seedsMax: 60, names: [name] });
    expect(caught?.seed).not.toBeNull();
  },
  60_000,
);

test('there are 20 planted faults or more, each with a name of its own', () => {
  expect(new Set(plantedBugs.map(({ name }) => name)).size).toBe(plantedBugs.length);
  expect(plantedBugs.length).toBeGreaterThanOrEqual(20);
});
