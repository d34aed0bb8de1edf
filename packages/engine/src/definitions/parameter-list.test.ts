import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parameterPatterns } from './parameter-list.ts';

describe('the parameters in the text of a function', () => {
  const functions: readonly (readonly [string, readonly string[]])[] = [
    ['() => 1', []],
    ['a => a', ['a']],
    ['async a => a', ['a']],
    ['async => async', ['async']],
    ['(a, b) => a', ['a', 'b']],
    ['async (a, b,) => a', ['a', 'b']],
    ['function (a) {}', ['a']],
    ['function named(a, b) {}', ['a', 'b']],
    ['async function* named(a) {}', ['a']],
    ['function* (a) {}', ['a']],
    ['function /* (x) */ named /* , */ (a /* b , */, // c, d)\n  e) {}', ['a', 'e']],
    ["(a = 1, b = 'x, y)', c = \"(\", d = `)${`,${')'}`},`) => a", ['a', 'b', 'c', 'd']],
    ['(a = /[,)/]/, b = 4 / 2 / 1, c = a / b) => a', ['a', 'b', 'c']],
    ['(a = (1, 2), b = [3, 4], c = { d: 5, e: 6 }) => a', ['a', 'b', 'c']],
    ['(a = (x, y) => x, b = function (z) { return /\\)/.test(z); }, c) => a', ['a', 'b', 'c']],
    ['(a = q => { return 1 / 2; }, b = typeof /,/, c = [1] / 2) => a', ['a', 'b', 'c']],
    ['(a = class { m(x, y) {} }, b) => a', ['a', 'b']],
    ['(a = b => c, c = 1) => a', ['a', 'c']],
    ['({ a, b }, [c, d], e) => a', ['{ a, b }', '[c, d]', 'e']],
    ['({ a = ")", ...b } = {}, c) => a', ['{ a = ")", ...b }', 'c']],
    ['(a, ...rest) => a', ['a', '...rest']],
    ['(a, ...[b, c]) => a', ['a', '...[b, c]']],
    ['($, _, é, 日本) => $', ['$', '_', 'é', '日本']],
    ['function (a, a) {}', ['a', 'a']],
    ['(a,\n b\n) => a', ['a', 'b']],
    ['日本 => 1', ['日本']],
  ];

  it.each(functions)('are found in %j', (text, patterns) => {
    expect(parameterPatterns(text)).toEqual(patterns);
  });

  const methods: readonly (readonly [string, readonly string[]])[] = [
    ['run(a, b) {}', ['a', 'b']],
    ['async run(a) {}', ['a']],
    ['*run(a) {}', ['a']],
    ['async *run(a) {}', ['a']],
    ['async(a) {}', ['a']],
    ['function(a) {}', ['a']],
    ['get(a) {}', ['a']],
    ['get run() { return 1; }', []],
    ['set run(a) {}', ['a']],
    ['static async run(a) {}', ['a']],
    ['#hidden(a, b) {}', ['a', 'b']],
    ["'a (b, c'(d) {}", ['d']],
    ["['(' + ')'](a) {}", ['a']],
    ['[`${(() => 1)()}`](a) {}', ['a']],
    ['1.5(a) {}', ['a']],
  ];

  it.each(methods)('are found in the method %j', (text, patterns) => {
    expect(parameterPatterns(text)).toEqual(patterns);
  });

  it('have no comments, but keep comment marks that are text', () => {
    expect(parameterPatterns('({ signal, /* the, run */ logger } = {}, ctx /* last */ = null) => 0')).toEqual([
      '{ signal,  logger }',
      'ctx',
    ]);
    const pattern = '{ url = "http://a/*b*/", x = /\\/\\*/, y = `/*${"//"}*/` }';
    expect(parameterPatterns(`(${pattern}) => 0`)).toEqual([pattern]);
  });

  it('are unknown where the text shows none, or is no function', () => {
    for (const text of [
      'function () { [native code] }',
      'function max() { [native code] }',
      'class { constructor(a) {} }',
      '(a, b',
      '("',
      '(a = `${',
      '(a = /',
      '({ a',
      '/*',
      '',
    ]) {
      expect(parameterPatterns(text), text).toBeUndefined();
    }
  });

  it('are found whatever the defaults hold', () => {
    const literal = fc.oneof(
      fc.string().map((text) => JSON.stringify(text)),
      fc.string().map((text) => `\`${text.replace(/[`\\$]/g, '\\$&')}\``),
      fc.constantFrom('1', '[1, 2]', '({ a: ")" })', '/[/)]+,/g', '(x, y) => x', '`${"}"}`', '1 /* ) */', '2 // )\n'),
    );
    fc.assert(
      fc.property(fc.array(literal, { maxLength: 5 }), (defaults) => {
        const list = defaults.map((value, index) => `p${index} = ${value}`);
        expect(parameterPatterns(`(${list.join(', ')}) => 0`)).toEqual(list.map((_, index) => `p${index}`));
      }),
      { numRuns: 500 },
    );
  });

  it('end the reading of any text, whether it makes sense or not', () => {
    const noise = fc
      .array(
        fc.constantFrom(
          '(',
          ')',
          '{',
          '}',
          '[',
          ']',
          '`',
          '${',
          '"',
          "'",
          '/',
          '*',
          '\\',
          ',',
          '=',
          '=>',
          'a',
          ' ',
          '\n',
          '.',
        ),
      )
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(noise, (text) => {
        const patterns = parameterPatterns(text);
        expect(patterns === undefined || patterns.length <= text.length).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});
