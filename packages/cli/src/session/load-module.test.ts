import { expect, it } from 'vitest';
import { moduleTypeAdvice } from './load-module.ts';

it("says what to do where a package takes its files for CommonJS, in Node's words and in tsx's", () => {
  const byNode = new SyntaxError('Cannot use import statement outside a module');
  const byTsx = new Error('b.ts:10:12: ERROR: Top-level await is currently not supported with the "cjs" output format');
  for (const error of [byNode, byTsx]) expect(moduleTypeAdvice(error)).toContain('npm pkg set type=module');
  expect(moduleTypeAdvice(new SyntaxError("Unexpected token ';'"))).toBeUndefined();
  expect(moduleTypeAdvice('thrown')).toBeUndefined();
});
