import { StateType } from '@millrace/kernel';
import { expect, it } from 'vitest';
import { stateLooks } from './state-type-look.ts';

it('gives each state type a symbol of its own, in Unicode and in ASCII', () => {
  const looks = Object.values(StateType).map((type) => stateLooks[type]);
  expect(new Set(looks.map(({ symbol }) => symbol)).size).toBe(looks.length);
  expect(new Set(looks.map(({ asciiSymbol }) => asciiSymbol)).size).toBe(looks.length);
  for (const { asciiSymbol } of looks) expect(asciiSymbol).toMatch(/^[!-~]$/);
});
