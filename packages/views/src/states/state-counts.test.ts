import { expect, it } from 'vitest';
import { countStates, groupState, shownCounts } from './state-counts.ts';

it('counts runs by state type', () => {
  expect(countStates([{ type: 'FAILED' }, { type: 'COMPLETED' }, { type: 'FAILED' }])).toEqual({
    FAILED: 2,
    COMPLETED: 1,
  });
});

it('shows the counts above zero, completed first', () => {
  expect(shownCounts({ RUNNING: 1, PAUSED: 0, COMPLETED: 3 })).toEqual([
    ['COMPLETED', 3],
    ['RUNNING', 1],
  ]);
});

it('shows a group as unfinished before it shows a failure, and a failure before a success', () => {
  expect(groupState({ COMPLETED: 9, FAILED: 1, RUNNING: 1 })).toBe('RUNNING');
  expect(groupState({ COMPLETED: 9, FAILED: 1 })).toBe('FAILED');
  expect(groupState({ COMPLETED: 9 })).toBe('COMPLETED');
});
