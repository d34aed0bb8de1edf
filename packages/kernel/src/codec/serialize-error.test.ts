import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeValue } from './decode.ts';
import { encodeValue } from './encode.ts';
import { isMillraceError, MillraceError } from '../errors/millrace-error.ts';
import { fromSerializedError } from './deserialize-error.ts';
import { decodeThrown, encodeThrown } from './encode-thrown.ts';
import { thrownText } from '../errors/thrown-text.ts';
import { NonRetryable, RunTimedOut } from '../errors/run-errors.ts';
import { type SerializedError, toSerializedError } from './serialize-error.ts';

const stored = (data: SerializedError): SerializedError => decodeValue(encodeValue(data, 'error')) as SerializedError;
const through = (error: unknown): Error & Record<string, unknown> =>
  fromSerializedError(stored(toSerializedError(error))) as never;

/** The error, its causes and its members, as far as they were kept. */
function flattened(data: SerializedError): readonly SerializedError[] {
  const related = [...(data.cause === undefined ? [] : [data.cause]), ...(data.errors ?? [])];
  return [data, ...related.flatMap((one) => ('message' in one ? flattened(one) : []))];
}

describe('a recorded error', () => {
  it('is of the same built-in class, with name, message, stack and code', () => {
    for (const Class of [Error, TypeError, RangeError, SyntaxError, ReferenceError, URIError, EvalError]) {
      const error = Object.assign(new Class('too far'), { code: 'EFAR' });
      const back = through(error);
      expect(back.constructor).toBe(Class);
      expect(back).toMatchObject({ name: error.name, message: 'too far', code: 'EFAR', stack: error.stack });
    }
  });

  it('is a DOMException where it was one: what aborts signals', () => {
    const error = AbortSignal.abort().reason as DOMException;
    const back = through(error);
    expect(back).toBeInstanceOf(DOMException);
    expect(back).toMatchObject({ name: 'AbortError', code: 20, message: error.message, stack: error.stack });
    expect(through(Object.assign(new Error('x'), { name: 'AbortError' }))).not.toBeInstanceOf(DOMException);
  });

  it('keeps causes, whatever they are, and members', () => {
    const members = [new TypeError('a'), 'b', new Error('c', { cause: 5 })];
    const back = through(new Error('top', { cause: new AggregateError(members, 'all') }));
    const cause = back['cause'] as AggregateError;
    expect(cause).toBeInstanceOf(AggregateError);
    expect(cause.errors[0]).toBeInstanceOf(TypeError);
    expect(cause.errors[1]).toBe('b');
    expect((cause.errors[2] as Error).cause).toBe(5);
    expect('cause' in through(new Error('x', { cause: undefined }))).toBe(true);
    expect('cause' in through(new Error('x'))).toBe(false);
  });

  it('of a user’s class has its name and what it carried, on top of the built-in it extends', () => {
    class HttpError extends TypeError {
      override readonly name = 'HttpError';
      readonly status = 503;
      readonly headers = { 'retry-after': '5' };
      readonly response = { body: () => 'a stream' };
      readonly received = new Map();
    }
    class Silent extends Error {}
    const back = through(new HttpError('busy'));
    expect(back).toBeInstanceOf(TypeError);
    expect(back.constructor.name).toBe('HttpError');
    expect(back).toMatchObject({ name: 'HttpError', status: 503, headers: { 'retry-after': '5' } });
    expect(Object.keys(back).sort()).toEqual(['headers', 'received', 'response', 'status']);
    expect(back).toMatchObject({ received: new Map(), response: {} });
    expect(through(new Silent('x'))).toMatchObject({ name: 'Error' });
    expect(through(new Silent('x')).constructor.name).toBe('Silent');
    expect(Object.prototype.toString.call(back)).toBe('[object Error]');
  });

  it('of Millrace’s is of its class by its code, so that NonRetryable is not retried after crossing a thread', () => {
    class Gone extends NonRetryable {
      readonly status = 410;
    }
    const back = through(new Gone('no such page'));
    expect(back).toBeInstanceOf(NonRetryable);
    expect(back).toMatchObject({ code: 'NonRetryable', status: 410 });
    expect(back.constructor.name).toBe('Gone');
    expect(through(new RunTimedOut({ timeoutMs: 5 }))).toBeInstanceOf(RunTimedOut);
    const unknown = through(new MillraceError('FromTheFuture', 'x', { details: { a: 1 } }));
    expect(unknown).toMatchObject({ code: 'FromTheFuture', name: 'FromTheFuture', details: { a: 1 } });
    expect(isMillraceError(unknown)).toBe(true);
  });

  it('of another realm is an error of its class all the same', () => {
    const foreignError = (name: string, cause?: unknown): unknown => {
      const root = Object.create(null, { name: { value: 'Error' }, message: { value: '' } }) as object;
      const prototype = Object.create(root, { name: { value: name }, constructor: { value: { name } } }) as object;
      return Object.setPrototypeOf(new Error('x', { cause }), prototype);
    };
    const foreign = foreignError('RangeError', foreignError('TypeError'));
    expect(foreign).not.toBeInstanceOf(Error);
    expect(through(foreign)).toBeInstanceOf(RangeError);
    expect(through(foreign)['cause']).toBeInstanceOf(TypeError);
    expect(decodeValue(encodeValue([foreign], 'result'))).toEqual([expect.any(RangeError)]);
  });

  it('is what was thrown, when that was no error', () => {
    for (const value of ['text', 5, null, false, { reason: 'plain' }, ['a']]) {
      expect(through(value)).toMatchObject({ name: 'ThrownValue', thrown: value });
    }
    for (const value of [
      undefined,
      5n,
      new Map([[1, new Date(0)]]),
      Object.freeze({ a: 1 }),
      new Proxy({ a: 1 }, {}),
    ]) {
      expect(through(value)['thrown']).toEqual(value);
    }
    expect(decodeThrown(encodeThrown(Symbol.for('gone')))).toBe(Symbol.for('gone'));
    expect(String(decodeThrown(encodeThrown(Symbol('x'))))).toBe('Symbol(x)');
    expect(decodeThrown(encodeThrown(function retry() {}))).toBe('[Function: retry]');
    expect(through('text')).toMatchObject({ message: 'text', stack: 'ThrownValue: text' });
  });

  it('keeps what it carried that JSON would lose, with cycles, shared references and errors in it', () => {
    class Money {
      readonly amount = 5n;
      readonly at = new Date(0);
      readonly format = (): string => '5';
    }
    const context: Record<string, unknown> = { at: new Date(1), none: undefined, sizes: new Float64Array([1, 2]) };
    context['self'] = context;
    const error = Object.assign(new Error('x'), {
      context,
      same: [context, context],
      price: new Money(),
      inner: new TypeError('y', { cause: 5n }),
      members: new Set([new AggregateError([new RangeError('z')])]),
      none: undefined,
      call: () => 1,
    });
    const whole = Object.assign(error, { itself: { error } });
    const back = decodeThrown(encodeThrown(whole)) as typeof whole;
    expect(back.context).toEqual(context);
    expect(back.context['self']).toBe(back.context);
    expect(back.same[0]).toBe(back.same[1]);
    expect(back.price).toEqual({ amount: 5n, at: new Date(0) });
    expect(back.inner).toBeInstanceOf(TypeError);
    expect(back.inner.cause).toBe(5n);
    expect([...back.members][0]?.errors[0]).toBeInstanceOf(RangeError);
    expect(Object.keys(back)).toContain('none');
    expect(Object.keys(back)).not.toContain('call');
    expect(back.itself.error).toBe(back);
  });

  it('keeps a thrown instance of a class as the data in it', () => {
    class HttpFailure {
      readonly status = 409;
      readonly headers = new Map([['a', 'b']]);
      toString(): string {
        return 'never this';
      }
    }
    expect(decodeThrown(encodeThrown(new HttpFailure()))).toEqual({ status: 409, headers: new Map([['a', 'b']]) });
    class Thrown {
      toJSON(): unknown {
        return { a: 1 };
      }
    }
    expect(decodeThrown(encodeThrown(new Thrown()))).toEqual({ a: 1 });
  });

  it('says the same when it is recorded again', () => {
    class Own extends SyntaxError {}
    const errors = [
      new Own('x', { cause: new AggregateError([1, new Error('y')], 'z') }),
      new NonRetryable('x', { cause: AbortSignal.abort().reason }),
      Object.assign(new Error('x'), { status: 1, name: 'Odd', ['__proto__x']: 2 }),
    ];
    for (const error of errors) expect(toSerializedError(through(error))).toEqual(toSerializedError(error));
  });
});

describe('recording an error', () => {
  it('ends for errors that refer to themselves, and names what it leaves out', () => {
    const circular = new Error('a', { cause: new TypeError('b') });
    (circular.cause as Error).cause = circular;
    expect(toSerializedError(circular).cause).toMatchObject({
      name: 'TypeError',
      cause: { value: '[circular: Error]' },
    });
    const aggregate = new AggregateError([], 'self');
    aggregate.errors.push(aggregate, 1);
    expect(toSerializedError(aggregate).errors).toEqual([{ value: '[circular: AggregateError]' }, { value: 1 }]);
  });

  it('is bounded in depth, number and size, however errors are nested', () => {
    let chain = new Error('end');
    for (let depth = 0; depth < 50; depth += 1) chain = new Error(`e${depth}`, { cause: chain });
    expect(flattened(toSerializedError(chain))).toHaveLength(11);
    let wide: Error = new Error('x'.repeat(100_000));
    for (let level = 0; level < 6; level += 1)
      wide = new AggregateError(
        Array.from({ length: 30 }, () => wide),
        'y'.repeat(100_000),
      );
    const data = toSerializedError(wide);
    expect(flattened(data).length).toBeLessThanOrEqual(100);
    expect(JSON.stringify(data).length).toBeLessThan(1_100_000);
    expect(toSerializedError(new AggregateError(Array(5_000).fill('x'))).errors).toHaveLength(101);
    expect(data.errors?.at(-1)).toMatchObject({ value: expect.stringMatching(/^\.\.\. \[\d+ more\]$/) as string });
  });

  it('cuts long texts and says so', () => {
    const error = new Error('m'.repeat(70_000));
    error.stack = 's'.repeat(20_000);
    const { message, stack } = toSerializedError(error);
    expect(message).toHaveLength(65_536);
    expect(stack).toHaveLength(16_384);
    expect(message.endsWith('... [truncated]') && stack?.endsWith('... [truncated]')).toBe(true);
  });

  it('leaves out properties that are large or no data', () => {
    const rows = Array.from({ length: 3_000 }, () => ({}));
    const big = 'x'.repeat(20_000);
    const error = Object.assign(new Error('x'), { big, rows, call: () => 1, wait: Promise.resolve(), small: 1 });
    expect(toSerializedError(error).properties).toEqual({ small: 1 });
    expect(through(Object.assign(new Error('x'), { errors: ['a'], details: 1 }))).toMatchObject({
      errors: ['a'],
      details: 1,
    });
  });

  it('never throws, whatever was thrown', () => {
    const thrower = (): never => {
      throw new Error('no');
    };
    const getters = Object.defineProperties(new Error('a'), {
      message: { get: thrower },
      name: { get: thrower },
      stack: { get: thrower },
      status: { get: thrower, enumerable: true },
    });
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const odd = [
      getters,
      proxy,
      new Proxy(new Error('a'), { get: thrower, has: thrower }),
      Object.assign(new Error('a'), { name: 5, message: { a: 1 }, code: {}, errors: 5, details: null }),
      Object.assign(new AggregateError([]), { errors: 'abc' }),
      Object.create(Error.prototype),
      Object.create(null),
      { [Symbol.toStringTag]: 'Error' },
      { toJSON: thrower },
      { toString: thrower, [Symbol.toPrimitive]: thrower },
    ];
    for (const value of odd) {
      const data = toSerializedError(value);
      expect(typeof data.name).toBe('string');
      expect(typeof data.message).toBe('string');
      expect(fromSerializedError(stored(data))).toBeInstanceOf(Error);
      expect(thrownText(value)).not.toBe('');
    }
  });

  it('gives well-formed data that can be stored, for anything', () => {
    const anything = fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true });
    const error = fc
      .tuple(fc.string({ unit: 'binary' }), anything, fc.dictionary(fc.string(), anything))
      .map(([message, cause, more]) => Object.assign(new Error(message, { cause }), more));
    fc.assert(
      fc.property(fc.oneof(error, anything), (thrown) => {
        const data = toSerializedError(thrown);
        expect(stored(data)).toEqual(data);
        expect(data.message.isWellFormed()).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('data that is no error’s', () => {
  it('is refused', () => {
    const endless: Record<string, unknown> = { name: 'Error', message: 'x' };
    endless['cause'] = endless;
    for (const data of [null, undefined, 5, {}, { name: 'Error' }, { name: 1, message: 'x' }, endless]) {
      expect(() => fromSerializedError(data as never)).toThrow(
        expect.objectContaining({ code: 'CorruptValue' }) as Error,
      );
    }
  });

  it('pollutes no prototype', () => {
    const data = JSON.parse(
      '{"name":"E","message":"x","properties":{"__proto__":{"polluted":1}},"className":"__proto__"}',
    );
    const error = fromSerializedError(data as SerializedError);
    expect(error).toBeInstanceOf(Error);
    expect((error as { polluted?: unknown }).polluted).toBeUndefined();
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});

describe('isMillraceError', () => {
  it('knows errors of another copy of the package by their brand', () => {
    const other = Object.defineProperty(new Error('x'), Symbol.for('millrace.error'), { value: true });
    expect(isMillraceError(other)).toBe(true);
    for (const value of [new Error('x'), null, undefined, 'x', { code: 'RunFailed' }]) {
      expect(isMillraceError(value)).toBe(false);
    }
  });
});
