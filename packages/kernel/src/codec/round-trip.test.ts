import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeValue } from './decode.ts';
import { encodeValue } from './encode.ts';

const through = (value: unknown): unknown => decodeValue(encodeValue(value, 'result'));

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '\0',
    '\ud800',
    'a\udfffb',
    '__proto__',
    '~__proto__',
    '~~__proto__',
    'constructor',
    'toString',
    'toJSON',
    '~',
    '"',
    '\u2028</script>',
  ),
);

/** All that the codec promises to keep, mixed and nested. */
const rich = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(
      text,
      fc.double(),
      fc.integer(),
      fc.boolean(),
      fc.bigInt(),
      fc.date({ noInvalidDate: false }),
      fc.constantFrom<unknown>(null, undefined, -0, Number.NaN, Infinity, -Infinity),
      fc.webUrl().map((url) => new URL(url)),
      fc.constantFrom(/a+/g, /[/]"/u, /(?:)/),
      fc.uint8Array({ maxLength: 20 }),
      fc.float64Array({ maxLength: 5 }),
      fc.bigInt64Array({ maxLength: 5 }),
      fc.uint8Array({ minLength: 2, maxLength: 9 }).map((bytes) => bytes.subarray(1)),
      fc.uint8Array({ maxLength: 9 }).map((bytes) => Buffer.from(bytes)),
      fc.uint8Array({ maxLength: 9 }).map((bytes) => bytes.buffer),
    ),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.sparseArray(tie('value'), { maxLength: 20, maxNumElements: 3 }),
    fc.array(fc.tuple(text, tie('value')), { maxLength: 5 }).map((entries) => Object.fromEntries(entries)),
    fc
      .array(fc.tuple(text, tie('value')), { maxLength: 3 })
      .map((entries) =>
        Object.assign(
          Object.create(null) as object,
          Object.fromEntries(entries.filter(([key]) => key !== '__proto__')),
        ),
      ),
    fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 4 }).map((entries) => new Map(entries)),
    fc.array(tie('value'), { maxLength: 4 }).map((members) => new Set(members)),
    tie('value').map((value) => ({ left: value, right: value })),
  ),
})).value;

describe('a stored value', () => {
  it('comes back equal, whatever it is made of', () => {
    fc.assert(
      fc.property(rich, (value) => isDeepStrictEqual(through(value), value)),
      { numRuns: 10_000 },
    );
  });

  it('comes back equal when it is anything that JavaScript builds from literals', () => {
    const anything = fc.anything({
      withBigInt: true,
      withBoxedValues: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
      withSparseArray: true,
      withNullPrototype: true,
    });
    fc.assert(
      fc.property(anything, (value) => isDeepStrictEqual(through(value), value)),
      { numRuns: 3_000 },
    );
  });

  it('is JSON as JSON writes it, when JSON keeps it whole', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        fc.pre(!JSON.stringify(value).includes('__proto__'));
        const normal: unknown = JSON.parse(JSON.stringify(value));
        return encodeValue(normal, 'result') === JSON.stringify(normal);
      }),
    );
  });

  it('gives the same text each time after it came back once', () => {
    fc.assert(
      fc.property(rich, (value) => {
        const once = encodeValue(through(value), 'result');
        return encodeValue(decodeValue(once), 'result') === once;
      }),
      { numRuns: 2_000 },
    );
  });

  it('is text that any database and any file can hold: no NUL, no half of a surrogate pair', () => {
    fc.assert(
      fc.property(rich, (value) => {
        const stored = encodeValue(value, 'result');
        return stored.isWellFormed() && !stored.includes('\0');
      }),
      { numRuns: 2_000 },
    );
  });

  it('keeps cycles and shared parts', () => {
    const shared = { id: 1 };
    const value: Record<string, unknown> = { first: shared, list: [shared], map: new Map([[shared, 1]]) };
    value['self'] = value;
    const back = through(value) as { first: object; list: object[]; map: Map<object, number>; self: unknown };
    expect(back.self).toBe(back);
    expect(back.list[0]).toBe(back.first);
    expect(back.map.get(back.first)).toBe(1);
    expect(through([shared, shared])).toEqual([shared, shared]);
  });

  it('takes time and space by its parts, not by the paths to them', () => {
    let value: unknown = [1];
    for (let depth = 0; depth < 100; depth += 1) value = [value, value];
    expect(encodeValue(value, 'result').length).toBeLessThan(2_000);
  });

  it('has keys that are no prototype, in either form', () => {
    for (const more of [[], [1n]]) {
      const value = JSON.parse('{"a": {"__proto__": {"polluted": 1}, "~__proto__": 2}}') as Record<string, unknown>;
      const back = through({ value, more }) as { value: { a: Record<string, unknown> } };
      expect(Object.keys(back.value.a)).toEqual(['__proto__', '~__proto__']);
      expect(Object.getPrototypeOf(back.value.a)).toBe(Object.prototype);
      expect(back.value.a['polluted']).toBeUndefined();
    }
  });

  it('keeps errors: class of a built-in, name, message, stack, code and cause', () => {
    const error = Object.assign(new RangeError('too far', { cause: new TypeError('why') }), { code: 'EFAR' });
    const back = (through({ error }) as { error: RangeError & { code: string } }).error;
    expect(back).toBeInstanceOf(RangeError);
    expect(back).toMatchObject({ name: 'RangeError', message: 'too far', code: 'EFAR', stack: error.stack });
    expect(back.cause).toBeInstanceOf(TypeError);
  });

  it('is the value and not what a toJSON makes of it, be that hidden, inherited or an array’s', () => {
    const toJSON = { value: () => 'another', configurable: true };
    const hidden = Object.defineProperty({ a: 1 }, 'toJSON', toJSON);
    expect(through(hidden)).toEqual({ a: 1 });
    expect(through([Object.defineProperty([1, 2], 'toJSON', toJSON)])).toEqual([[1, 2]]);
    Object.defineProperty(Object.prototype, 'toJSON', toJSON);
    try {
      expect(through({ a: [{ b: 1 }] })).toEqual({ a: [{ b: 1 }] });
    } finally {
      Reflect.deleteProperty(Object.prototype, 'toJSON');
    }
    expect(through({ toJSON: 'data' })).toEqual({ toJSON: 'data' });
  });

  it('of a part of a buffer holds that part only', () => {
    const secret = new TextEncoder().encode('xxxxxxsecretxxxxxx');
    for (const view of [secret.subarray(0, 3), Buffer.from(secret.buffer, 0, 3), new DataView(secret.buffer, 0, 3)]) {
      const stored = encodeValue(view, 'result');
      expect(stored).toContain(Buffer.from('xxx').toString('base64'));
      expect(stored).not.toContain(Buffer.from('secret').toString('base64'));
      expect((decodeValue(stored) as Uint8Array).byteLength).toBe(3);
    }
  });

  it('takes a hugely sparse array for what it holds', () => {
    const value: unknown[] = [];
    value[4_000_000_000] = 'far';
    const stored = encodeValue(value, 'result');
    expect(stored.length).toBeLessThan(100);
    expect((decodeValue(stored) as unknown[]).length).toBe(4_000_000_001);
  });
});
