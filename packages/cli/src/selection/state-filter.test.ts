import { describe, expect, it } from 'vitest';
import { unfinishedTypes } from '@millrace/kernel';
import { asksForOrphans, stateFilter } from './state-filter.ts';

describe('--state', () => {
  it.each(['Orphaned', 'ORPHANED', 'orphaned'])('takes %s for the unfinished runs that have no process', (word) => {
    expect(asksForOrphans([word])).toBe(true);
    expect(stateFilter([word])).toEqual({ stateTypes: unfinishedTypes });
  });

  it('refuses it beside other states', () => {
    expect(() => stateFilter(['Orphaned', 'FAILED'])).toThrow('Give Orphaned alone');
  });

  it('takes types and names in any case, and names them where a word is neither', () => {
    expect(asksForOrphans(['failed'])).toBe(false);
    expect(stateFilter(['failed'])).toEqual({ stateTypes: ['FAILED'] });
    expect(stateFilter(['failed', 'CRASHED'])).toEqual({ stateTypes: ['FAILED', 'CRASHED'] });
    expect(stateFilter(['timedout'])).toEqual({ stateNames: ['TimedOut'] });
    expect(stateFilter([])).toEqual({});
    expect(() => stateFilter(['nosuch'])).toThrow(/'nosuch' is no state.*Orphaned/);
  });
});
