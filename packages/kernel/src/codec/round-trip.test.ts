import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeValue } from './decode.ts';
import { encodeValue } from './encode.ts';

/** A value as text with its identities, by a walk without recursion. */
function shapeText(root: unknown): string {
  const ids = new Map<object, number>();
  const found: object[] = [];
  const name = (item: unknown): string => {
    if (typeof item !== 'object' || item === null) return String(item);
    if (!ids.has(item)) ids.set(item, found.push(item) - 1);
    return `#${ids.get(item)}`;
  };
  let text = name(root);
  for (const item of found) {
    if (item instanceof Map) text += `M${[...item].map(([key, value]) => `${name(key)}=${name(value)}`).join()};`;
    else if (item instanceof Set) text += `S${[...item].map(name).join()};`;
    else
      text += `${Array.isArray(item) ? 'A' : 'O'}${Object.entries(item)
        .map(([key, value]) => `${key}=${name(value)}`)
        .join()};`;
  }
  return text;
}

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

  it('keeps every graph exactly, however its parts refer to each other and however long the ways through it are', () => {
    const kinds = ['record', 'list', 'map', 'set'] as const;
    const graph = fc.record({
      kinds: fc.array(fc.constantFrom(...kinds), { minLength: 1, maxLength: 400 }),
      edges: fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 1_200 }),
    });
    fc.assert(
      fc.property(graph, ({ kinds: made, edges }) => {
        const nodes = made.map((kind) =>
          kind === 'record' ? {} : kind === 'list' ? [] : kind === 'map' ? new Map() : new Set(),
        );
        const all: [number, number][] = [...edges, ...nodes.map((_, id): [number, number] => [id, id + 1])];
        for (const [index, [from, to]] of all.entries()) {
          const node = nodes[from % nodes.length];
          const other = nodes[to % nodes.length];
          if (node instanceof Map) node.set(other, index);
          else if (node instanceof Set) node.add(other);
          else if (Array.isArray(node)) node.push(other);
          else Object.assign(node ?? {}, { [`k${index}`]: other });
        }
        const back = through(nodes) as typeof nodes;
        // The same shape with the same identities: numbers by the first time that an object is met.
        expect(shapeText(back)).toBe(shapeText(nodes));
      }),
      { numRuns: 200 },
    );
  });

  it('keeps long rings and full graphs', () => {
    const ring = Array.from({ length: 5_000 }, (_, id) => ({ id, next: null as unknown, before: null as unknown }));
    for (const [id, node] of ring.entries()) {
      node.next = ring[(id + 1) % ring.length];
      node.before = ring.at(id - 1);
    }
    const back = through({ ring }) as { ring: typeof ring };
    expect(back.ring[4_999]?.next).toBe(back.ring[0]);
    expect(back.ring[0]?.before).toBe(back.ring[4_999]);
    const people = Array.from({ length: 300 }, (_, id) => ({ id, friends: [] as unknown[] }));
    for (const person of people) person.friends.push(...people);
    const first = through(people[0]) as { readonly friends: readonly { readonly friends: readonly unknown[] }[] };
    expect(first.friends[299]?.friends[0]).toBe(first);
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
