import { describe, expect, it } from 'vitest';
import { statesNamed, unfinishedTypes } from './state-words.ts';

const named = (...words: string[]) => statesNamed(words, (problem) => new Error(JSON.stringify(problem)));

describe('words for states', () => {
  it.each(['Orphaned', 'ORPHANED', 'orphaned'])('take %s for the unfinished runs that have no process', (word) => {
    expect(named(word)).toEqual({ stateTypes: unfinishedTypes, isOrphaned: true });
  });

  it('are types and names in any case', () => {
    expect(named()).toEqual({ isOrphaned: false });
    expect(named('failed', 'CRASHED')).toEqual({ stateTypes: ['FAILED', 'CRASHED'], isOrphaned: false });
    expect(named('timedout')).toEqual({ stateNames: ['TimedOut'], isOrphaned: false });
  });

  it.each([
    [['Orphaned', 'FAILED'], 'orphaned-with-others'],
    [['FAILED', 'TimedOut'], 'types-with-names'],
    [['nosuch'], 'unknown'],
  ])('are refused: %j as %s', (words, kind) => {
    expect(() => named(...words)).toThrow(kind);
  });
});
