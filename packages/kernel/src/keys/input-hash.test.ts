import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeValue } from '../codec/decode.ts';
import { encodeValue } from '../codec/encode.ts';
import { inputHash } from './input-hash.ts';

const digest = (text: string): string => createHash('sha256').update(text).digest('base64url').slice(0, 22);
const hashOf = (...args: readonly unknown[]): string => inputHash(args, digest).text;

const anything = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withTypedArray: true,
  withSparseArray: true,
  withNullPrototype: true,
  withUnicodeString: true,
});

describe('the hash of inputs', () => {
  it('is the same for a value and for what comes back when it is stored', () => {
    fc.assert(
      fc.property(anything, (value) => hashOf(value) === hashOf(decodeValue(encodeValue(value, 'value')))),
      { numRuns: 2_000 },
    );
  });

  it('is the same for an error and for what comes back of it, wherever it was thrown', () => {
    class HttpError extends TypeError {
      readonly status = 503;
    }
    const errors: readonly unknown[] = [
      new HttpError('busy', { cause: new AggregateError([new RangeError('a'), 1], 'b') }),
      AbortSignal.abort().reason,
      Object.assign(new Error('x'), { code: 'EFAR', errno: -2 }),
    ];
    for (const error of errors) {
      expect(hashOf(error)).toBe(hashOf(decodeValue(encodeValue(error, 'value'))));
    }
    expect(hashOf(new HttpError('a'))).toBe(hashOf(new HttpError('a')));
    expect(hashOf(new HttpError('a'))).not.toBe(hashOf(Object.assign(new TypeError('a'), { status: 503 })));
  });

  it('does not see the order of keys, entries and members', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(fc.string(), anything), { selector: ([key]) => key, maxLength: 6 }),
        (entries) => {
          const turned = [...entries].reverse();
          expect(hashOf(Object.fromEntries(turned))).toBe(hashOf(Object.fromEntries(entries)));
          expect(hashOf(new Map(turned))).toBe(hashOf(new Map(entries)));
          expect(hashOf(new Set(turned.map(([key]) => key)))).toBe(hashOf(new Set(entries.map(([key]) => key))));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('sees every other difference', () => {
    const different: readonly (readonly unknown[])[] = [
      [],
      [undefined],
      [null],
      [undefined, undefined],
      [0],
      [-0],
      [1],
      [1n],
      ['1'],
      [true],
      ['true'],
      [Number.NaN],
      ['NaN'],
      [[]],
      [[undefined]],
      [Array.from({ length: 1 })],
      // biome-ignore lint/suspicious/noSparseArray: a hole is what it is about
      [[,]],
      [[1, 2]],
      [[1], 2],
      [['1,2']],
      [['1', '2']],
      [{}],
      [{ a: undefined }],
      [{ a: 1 }],
      [{ a: '1' }],
      [{ a: 1, b: 2 }],
      [{ 'a,b': 1 }],
      [new Map([['a', 1]])],
      [new Map([[1, 'a']])],
      [new Set(['a'])],
      [new Set([['a']])],
      [new Date(0)],
      [new Date(Number.NaN)],
      ['1970-01-01T00:00:00.000Z'],
      [new URL('http://a/')],
      ['http://a/'],
      [/a/],
      [/a/g],
      [new Uint8Array([1])],
      [new Int8Array([1])],
      [new Uint8Array([1]).buffer],
      ['\ud800'],
      ['\ufffd'],
      [new Error('a')],
      [new TypeError('a')],
      [new Error('a', { cause: 1 })],
      [new Map([[1, '115:hello']])],
      [new Map([[11, '5:hello']])],
    ];
    const hashes = different.filter((_, index) => index !== 15).map((args) => hashOf(...args));
    expect(different.every((args) => inputHash(args, digest).isWhole)).toBe(true);
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  it('tells unequal values apart, however alike', () => {
    const small = fc.array(
      fc.oneof(
        fc.constantFrom<unknown>('', '1', '1:', ',', 1, 11, null, undefined, true),
        fc.array(fc.constantFrom<unknown>('', '1', 1, null), { maxLength: 2 }),
      ),
      { maxLength: 3 },
    );
    fc.assert(
      fc.property(
        small,
        small,
        (left, right) =>
          (hashOf(...left) === hashOf(...right)) === (encodeValue(left, 'left') === encodeValue(right, 'right')),
      ),
      { numRuns: 3_000 },
    );
  });

  it('never changes between releases: recorded runs are found by it', () => {
    expect(hashOf(1, 'a', { b: [true, null], a: undefined })).toBe('juaq_Ac1BFPjWFKYznVkNl');
    expect(hashOf(new Map([[1n, new Date(0)]]), new Set(['x']), -0)).toBe('i_ONU7bDx3sJTaeJvCfyuM');
    expect(hashOf('x'.repeat(2_000), { long: 'y'.repeat(2_000) })).toBe('9b4PBXrl5SgC8HsLAy-wWL');
  });

  it('stands for a part that is no data by its kind, and sees all other parts', () => {
    class Client {
      readonly id: number;
      constructor(id: number) {
        this.id = id;
      }
    }
    class Other {}
    const throwing = {
      get a(): never {
        throw new Error('no');
      },
    };
    const { proxy: revoked, revoke } = Proxy.revocable({}, {});
    revoke();
    for (const value of [
      () => 1,
      Symbol('x'),
      new Client(1),
      Promise.resolve(),
      [new Client(1)],
      { a: { b: () => 1 } },
      new WeakSet(),
      throwing,
      revoked,
      { [Symbol('key')]: 1 },
    ]) {
      expect(inputHash([1, value], digest).isWhole).toBe(false);
      expect(hashOf(1, value)).toBe(hashOf(1, value));
      expect(hashOf(1, value)).not.toBe(hashOf(2, value));
    }
    expect(hashOf(new Client(1), 'a')).toBe(hashOf(new Client(2), 'a'));
    expect(hashOf(new Client(1))).not.toBe(hashOf(new Other()));
    expect(hashOf({ client: new Client(1), id: 1 })).not.toBe(hashOf({ client: new Client(1), id: 2 }));
    expect(hashOf([() => 1, 'a'])).not.toBe(hashOf([() => 1, 'b']));
    expect(hashOf(new Map([['a', () => 1]]))).not.toBe(hashOf(new Map([['b', () => 1]])));
    expect(hashOf(() => 1)).not.toBe(hashOf('function'));
    expect(hashOf(throwing, 1)).not.toBe(hashOf(throwing, 2));
  });

  it('stands for parts in graphs and at any depth too', () => {
    const tangled = (id: number): object => {
      const first: Record<string, unknown> = { id, run: () => 1 };
      const second = { first, client: new (class Client {})() };
      return Object.assign(first, { second, again: second, self: first });
    };
    expect(inputHash([tangled(1)], digest).isWhole).toBe(false);
    expect(hashOf(tangled(1))).toBe(hashOf(tangled(1)));
    expect(hashOf(tangled(1))).not.toBe(hashOf(tangled(2)));
    const deep = (id: number): object => {
      let value: object = { id, run: () => 1 };
      for (let depth = 0; depth < 10_000; depth += 1) value = { next: value };
      return value;
    };
    expect(hashOf(deep(1))).not.toBe(hashOf(deep(2)));
  });

  it('is of the value and not of how its parts are shared', () => {
    const shared = { rows: Array.from({ length: 300 }, (_, index) => index) };
    expect(hashOf([shared, shared])).toBe(hashOf([structuredClone(shared), structuredClone(shared)]));
    let value: unknown = [1];
    for (let depth = 0; depth < 200; depth += 1) value = [value, value];
    expect(hashOf(value)).toBeDefined();
  });

  it('handles cycles', () => {
    const ring = (name: string): object => {
      const value: Record<string, unknown> = { name };
      value['self'] = value;
      value['inner'] = { outer: value };
      return value;
    };
    expect(hashOf(ring('a'))).toBe(hashOf(ring('a')));
    expect(hashOf(ring('a'))).not.toBe(hashOf(ring('b')));
  });

  it('is of the graph where cycles meet, the same for one of the same shape and for what storage gives back', () => {
    const graph = fc.record({
      size: fc.integer({ min: 2, max: 60 }),
      edges: fc.array(fc.tuple(fc.nat(), fc.nat(), fc.nat(3)), { maxLength: 200 }),
    });
    const make = ({ size, edges }: { size: number; edges: [number, number, number][] }): unknown => {
      const nodes = Array.from({ length: size }, (_, id) => ({
        id,
        map: new Map(),
        set: new Set(),
        list: [] as unknown[],
      }));
      for (const [from, to, how] of [...edges, ...nodes.map((_, id) => [id, id + 1, 3] as const)]) {
        const node = nodes[from % size];
        const other = nodes[to % size];
        if (how === 0) node?.map.set(other, to);
        else if (how === 1) node?.set.add(other);
        else node?.list.push(other);
      }
      return nodes[0];
    };
    fc.assert(
      fc.property(graph, (about) => {
        const hash = hashOf(make(about));
        expect(hash).toBeDefined();
        expect(hashOf(make(about))).toBe(hash);
        expect(hashOf(decodeValue(encodeValue(make(about), 'value')))).toBe(hash);
        expect(hashOf(make({ ...about, edges: [...about.edges, [0, 1, 2]] }))).not.toBe(hash);
      }),
      { numRuns: 300 },
    );
  });

  it('reads each part a bounded number of times, whatever refers to it', () => {
    let readCount = 0;
    const counted = (more: Record<string, unknown>): Record<string, unknown> =>
      Object.defineProperty(more, 'id', {
        enumerable: true,
        get: () => {
          readCount += 1;
          return 0;
        },
      });
    const nodes = Array.from({ length: 2_000 }, () => counted({ links: [] as unknown[] }));
    for (const [index, node] of nodes.entries())
      for (const step of [1, 2, 700]) (node['links'] as unknown[]).push(nodes[(index + step) % nodes.length]);
    expect(hashOf(nodes[0])).toBeDefined();
    let shared = counted({});
    for (let depth = 0; depth < 200; depth += 1) shared = counted({ left: shared, right: shared });
    expect(hashOf(shared)).toBeDefined();
    expect(readCount).toBeLessThanOrEqual(2 * 2_201);
  });

  it('is there for any depth', () => {
    const list = (): object => {
      let value: object = {};
      for (let depth = 0; depth < 100_000; depth += 1) value = { next: value };
      return value;
    };
    expect(hashOf(list())).toBe(hashOf(list()));
    expect(hashOf(list())).not.toBe(hashOf({ next: list() }));
  });

  it('of an error leaves out where it was thrown', () => {
    const make = (): Error => new Error('boom', { cause: new RangeError('far') });
    const other = (): Error => make();
    expect(hashOf(make())).toBe(hashOf(other()));
  });
});
