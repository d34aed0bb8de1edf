import { describe, expect, it } from 'vitest';
import { parsePairs, parseValue } from './parse-value.ts';

describe('values of the command line', () => {
  it('are JSON if they parse as JSON, otherwise strings', () => {
    expect(['10', 'true', 'null', '[1,2]', '{"a":1}', '"10"', 'eu', '1.2.3', ''].map(parseValue)).toEqual([
      10,
      true,
      null,
      [1, 2],
      { a: 1 },
      '10',
      'eu',
      '1.2.3',
      '',
    ]);
  });

  it('are never another number than the one that is written', () => {
    expect(
      ['12345678901234567890', '1e400', '-9007199254740993', '100000000000000000000', '0.1'].map(parseValue),
    ).toEqual(['12345678901234567890', '1e400', '-9007199254740993', 1e20, 0.1]);
    expect(() => parseValue('[12345678901234567890]')).toThrow('give it as a string, "12345678901234567890"');
  });

  it('are refused if they begin like JSON and do not parse, with the place and the way out', () => {
    for (const broken of ['{"a": 1', '[1, 2', '"open', ' {a: 1}'])
      expect(() => parseValue(broken), broken).toThrow(/is not valid JSON: .*(?:position|end of JSON|Unterminated)/);
    expect(() => parsePairs(['n={a:1}'])).toThrow('give it as a string: "{a:1}"');
    expect(parseValue(JSON.stringify('{a:1}'))).toBe('{a:1}');
  });

  it('are given by name, once each, and may hold an equals sign', () => {
    expect(parsePairs(['n=1', 'query=a=b', 'empty='])).toEqual({ n: 1, query: 'a=b', empty: '' });
    expect(Object.keys(parsePairs(['__proto__=1']))).toEqual(['__proto__']);
    expect(() => parsePairs(['n'])).toThrow(/write it as -p name=value/);
    expect(() => parsePairs(['=1'])).toThrow(/write it as -p name=value/);
    expect(() => parsePairs(['n=1', 'n=2'])).toThrow(/twice/);
  });
});
