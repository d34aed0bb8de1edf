import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { adjectives, animals } from './run-name-words.ts';
import { runName } from './random-run-name.ts';

describe('run names', () => {
  it('come from two lists of at least 100 lower-case words, each once', () => {
    for (const list of [adjectives, animals]) {
      expect(list.length).toBeGreaterThanOrEqual(100);
      expect(new Set(list).size).toBe(list.length);
      expect(list.filter((word) => !/^[a-z]+$/.test(word))).toEqual([]);
    }
  });

  it('are two words whatever is drawn, the ends of the range included', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (drawn) => /^[a-z]+-[a-z]+$/.test(runName(() => drawn))),
    );
  });

  it('reach every pair, so that they seldom repeat', () => {
    const draws = [0, 0.999_999];
    expect(runName(() => draws.shift() ?? 0)).toBe(`${adjectives[0]}-${animals.at(-1)}`);
  });
});
