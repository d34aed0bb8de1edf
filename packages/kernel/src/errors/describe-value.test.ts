import fc from 'fast-check';
import { expect, it } from 'vitest';
import { describeValue } from './describe-value.ts';

it('shows a value as a console does, a string as itself', () => {
  const circular: Record<string, unknown> = { a: 1 };
  circular['self'] = circular;
  class Failure {
    readonly status = 409;
    get lazy(): never {
      throw new Error('never called');
    }
  }
  const shown: readonly (readonly [unknown, string])[] = [
    ['taken', 'taken'],
    [{ status: 409, why: 'taken' }, "{ status: 409, why: 'taken' }"],
    [{ 'a-b': ["it's", null, undefined, -0, 5n] }, "{ 'a-b': [ 'it\\'s', null, undefined, -0, 5n ] }"],
    [[], '[]'],
    [circular, '{ a: 1, self: [Circular] }'],
    [new Failure(), 'Failure { status: 409 }'],
    [new Map([['a', new Set([1])]]), "Map(1) { 'a' => Set(1) { 1 } }"],
    [new Date(0), '1970-01-01T00:00:00.000Z'],
    [{ error: new TypeError('no') }, '{ error: [TypeError: no] }'],
    [new Uint8Array(2), 'Uint8Array [ 0, 0 ]'],
    [Symbol('x'), 'Symbol(x)'],
    [() => 1, '[Function]'],
    [undefined, 'undefined'],
    [Object.create(null), '[Object: null prototype] {}'],
    [{ a: { b: { c: { d: { e: 1 } } } } }, '{ a: { b: { c: { d: [Object] } } } }'],
    [
      {
        get a() {
          return 1;
        },
      },
      '{ a: [Getter] }',
    ],
  ];
  for (const [value, text] of shown) expect(describeValue(value)).toBe(text);
});

it('is bounded and never throws', () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  let shared: unknown = [];
  for (let depth = 0; depth < 60; depth += 1) shared = [shared, shared];
  for (const value of [proxy, shared, Array(1_000_000).fill('x'.repeat(1_000))])
    expect(describeValue(value).length).toBeLessThanOrEqual(2_000);
  fc.assert(
    fc.property(
      fc.anything({ withMap: true, withSet: true, withTypedArray: true }),
      (value) => typeof describeValue(value) === 'string',
    ),
  );
});
