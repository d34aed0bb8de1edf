import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidNameError } from '../errors/definition-errors.ts';
import { sanitizeLogText } from './log-text.ts';
import { assertName } from './name.ts';

const any = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(fc.constantFrom('\0', '\ud800', '\udfff', 'a', '😀')).map((parts) => parts.join('')),
);

describe('names', () => {
  it('may be any text of one line', () => {
    for (const name of ['a', 'nightly import', 'übung-1', '日本', '😀', 'x'.repeat(256), '__proto__']) {
      for (const kind of ['flow', 'task', 'tag']) assertName(kind, name);
    }
  });

  it('may not be empty, blank, long, broken or of several lines', () => {
    for (const name of ['', ' ', '\u00a0', 'x'.repeat(257), 'a\nb', 'a\0', '\u0085', 'a\u2028', '\ud800', 'a\udc00']) {
      expect(() => assertName('task', name), JSON.stringify(name)).toThrow(InvalidNameError);
    }
  });

  it('of flows have none of the characters that Prefect refuses; others may', () => {
    for (const character of '/%&><') {
      expect(() => assertName('flow', `a${character}b`)).toThrow(`has '${character}'`);
      assertName('task', `a${character}b`);
    }
  });

  it('that are no text are refused as such', () => {
    for (const name of [undefined, null, 5, {}] as unknown[])
      expect(() => assertName('tag', name as string)).toThrow(/is no text/);
  });
});

describe('log text', () => {
  it('is stored as it is, but for what databases refuse', () => {
    fc.assert(
      fc.property(any, (text) => {
        const clean = sanitizeLogText(text);
        expect(clean.isWellFormed() && !clean.includes('\0')).toBe(true);
        expect(clean.length).toBe(text.length);
        expect(sanitizeLogText(clean)).toBe(clean);
        if (text.isWellFormed() && !text.includes('\0')) expect(clean).toBe(text);
      }),
    );
  });

  it('is cut when it is long, and says so', () => {
    expect(sanitizeLogText('x'.repeat(65_536))).toHaveLength(65_536);
    const cut = sanitizeLogText('😀'.repeat(40_000));
    expect(cut).toHaveLength(65_536);
    expect(cut.endsWith('... [truncated]')).toBe(true);
    expect(cut.isWellFormed()).toBe(true);
  });
});
