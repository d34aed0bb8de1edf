import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NotSerializable } from '../errors/value-errors.ts';
import { isMillraceError } from '../errors/millrace-error.ts';
import { decodeValue } from './decode.ts';
import { encodeValue } from './encode.ts';

class Socket {
  readonly port = 80;
}

function refusal(
  value: unknown,
  where = 'result',
): { readonly path: string; readonly problem: string; readonly message: string } {
  try {
    encodeValue(value, where);
  } catch (error) {
    if (!(error instanceof NotSerializable)) throw error;
    return { ...(error.details as { path: string; problem: string }), message: error.message };
  }
  throw new Error('It was stored.');
}

describe('what can’t be stored', () => {
  it('is named by its whole path', () => {
    const cases: readonly (readonly [unknown, string])[] = [
      [{ user: { socket: new Socket() } }, 'result.user.socket'],
      [[1, [() => 1]], 'result[1][0]'],
      [{ 'a b': Symbol('x') }, 'result["a b"]'],
      [new Map([['key', new Socket()]]), 'result.get("key")'],
      [new Map([[new Socket(), 1]]), 'result.keys()'],
      [new Set([1, new Socket()]), 'result.values()[1]'],
      [{ later: Promise.resolve() }, 'result.later'],
      [Object.assign([], { length: 5, 3: new Socket() }), 'result[3]'],
      [new Socket(), 'result'],
    ];
    for (const [value, path] of cases) expect(refusal(value).path).toBe(path);
    expect(refusal({ user: { socket: new Socket() } }, 'arguments').message).toMatch(
      /^arguments\.user\.socket can't be stored: it is an instance of Socket\. Pass plain data/,
    );
  });

  it('is what would come back as something else', () => {
    class Money extends Map {}
    class Instant extends Date {}
    class Rows extends Array {}
    class Tagged {
      readonly #tag: string;
      constructor(tag: string) {
        this.#tag = tag;
      }
      get [Symbol.toStringTag](): string {
        return this.#tag;
      }
    }
    const problems = [
      [new Money(), 'it is an instance of Money'],
      [new Instant(), 'it is an instance of Instant'],
      [new Rows(), 'it is an instance of Rows'],
      ...['URL', 'Number', 'Date', 'Map', 'RegExp', 'Error', 'BigInt', 'Boolean'].map(
        (tag) => [new Tagged(tag), 'it is an instance of Tagged'] as const,
      ),
      [new WeakMap(), 'it is an instance of WeakMap'],
      [Object.create({ inherited: 1 }), 'it is an instance of Object'],
      [{ [Symbol('k')]: 1 }, 'it has keys that are symbols'],
      [[{ [Symbol('k')]: 1 }], 'it has keys that are symbols'],
      [(function* () {})(), 'it is an instance of Generator'],
      [Object(Symbol('boxed')), 'it is an instance of Symbol'],
      [new SharedArrayBuffer(1), 'it is an instance of SharedArrayBuffer'],
      [new Uint8Array(new SharedArrayBuffer(1)), 'it is memory shared between threads'],
      [Promise.resolve(), 'it is a promise, so await it first'],
      [() => 1, 'it is a function'],
      [{ toJSON: () => 1 }, 'it is a function'],
      [Symbol('x'), 'it is a symbol'],
    ] as const;
    for (const [value, problem] of problems) expect(refusal(value).problem, problem).toBe(problem);
  });

  it('is nesting that no data needs, with a path that fits a message', () => {
    let value: unknown = 1;
    for (let depth = 0; depth < 256; depth += 1) value = [value];
    expect(decodeValue(encodeValue(value, 'result'))).toEqual(value);
    expect(refusal([value]).problem).toBe('it is nested deeper than 256');
    let list: object = {};
    for (let depth = 0; depth < 100_000; depth += 1) list = { next: list };
    expect(refusal(list).path.length).toBeLessThan(200);
  });

  it('is a value whose getter or proxy throws, and says why', () => {
    const cause = new Error('closed');
    const value = {
      get rows(): unknown {
        throw cause;
      },
    };
    expect(() => encodeValue(value, 'result')).toThrow(
      expect.objectContaining({ code: 'NotSerializable', cause }) as Error,
    );
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(() => encodeValue({ proxy }, 'result')).toThrow(NotSerializable);
  });

  it('is what makes a text longer than any can be', () => {
    const value = {
      get text(): never {
        throw new RangeError('Invalid string length');
      },
    };
    expect(refusal(value).problem).toMatch(/512 MB/);
  });

  it('is a class that pretends to be a built-in', () => {
    class Fake {
      get [Symbol.toStringTag](): string {
        return 'Date';
      }
    }
    expect(() => encodeValue([new Fake()], 'result')).toThrow(NotSerializable);
  });
});

describe('stored text that is damaged', () => {
  const hostile = [
    '',
    '{',
    'undefined',
    '~',
    '~[]',
    '~{}',
    '~-2',
    '~-7',
    '~5',
    '~[["Unknown",1]]',
    '~[["Custom",0]]',
    '~[[0]',
    '~[{"__proto__":1},1]',
    '~[["null","__proto__",1],1]',
    '~[["Error",0]]',
    '~[["Error",1],5]',
    '~[["Error",1],{"name":2,"message":2,"errors":2},"x"]',
    '~[["BigInt","1e999"]]',
    '~[["URL","no url"]]',
    '~[["RegExp","("]]',
    '~[["Uint8Array",1],["ArrayBuffer",9]]',
    '~[["Uint8Array",1],99999999999]',
    '~[["BigInt64Array",1],["ArrayBuffer","AA=="]]',
    '~[[-7,99999999999]]',
  ];

  it('is reported as such, with the parser’s error as its cause', () => {
    for (const text of hostile) {
      expect(() => decodeValue(text), text).toThrow(
        expect.objectContaining({ code: 'CorruptValue', cause: expect.any(Error) as Error }) as Error,
      );
    }
  });

  it('never has its content in the message', () => {
    expect(() => decodeValue('{"password": "hunter2"')).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining('hunter2') as string }) as Error,
    );
  });

  it('gives a value or that error, and nothing else, however it is damaged', () => {
    const part = fc.oneof(
      fc.integer({ min: -9, max: 9 }),
      fc.constantFrom(
        'Map',
        'Set',
        'Error',
        'View',
        'Buffer',
        'Object',
        'Date',
        'null',
        'ArrayBuffer',
        'Uint8Array',
        'BigInt',
        'RegExp',
        'a',
      ),
    );
    const forged = fc.array(
      fc.oneof(part, fc.array(part, { maxLength: 5 }), fc.dictionary(fc.string(), part, { maxKeys: 3 })),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(forged, (parts) => {
        try {
          decodeValue(`~${JSON.stringify(parts)}`);
        } catch (error) {
          expect(isMillraceError(error) && error.code).toBe('CorruptValue');
        }
      }),
      { numRuns: 3_000 },
    );
  });

  it('can’t exhaust the stack', () => {
    const depth = 200_000;
    const references = Array.from({ length: depth }, (_, index) => [index + 1]);
    expect(decodeValue(`~${JSON.stringify([...references, 1])}`)).toBeInstanceOf(Array);
    const views = Array.from({ length: depth }, (_, index) => ['View', index + 1]);
    for (const text of [
      JSON.stringify([...views, 1]),
      '[["Error",0]]',
      '[["Error",1],{"name":"E","message":"x","cause":0}]',
    ])
      expect(() => decodeValue(`~${text}`)).toThrow(expect.objectContaining({ code: 'CorruptValue' }) as Error);
  });
});
