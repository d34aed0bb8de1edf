import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NotSerializable } from '../errors/value-errors.ts';
import { cacheKey, type CacheKeyContext } from './cache-key.ts';
import { type CachePolicy, flowParameters, inputs, none, runId, source } from './cache-policy.ts';

const digest = (text: string): string => createHash('sha256').update(text).digest('base64url').slice(0, 22);

/** The arguments under the names of two parameters. */
function named(...args: readonly unknown[]): CacheKeyContext['parameters'] {
  return () => Object.fromEntries(args.map((value, index) => [index === 0 ? 'amount' : 'rate', value]));
}

const call: CacheKeyContext = {
  taskKey: 'convert',
  sourceText: '(amount, rate) => amount * rate',
  parameters: named(3, { EUR: 1.1 }),
  flowParameters: { day: '2026-01-01' },
  flowRunId: 'flow-1',
  taskRunId: 'task-1',
  digest,
};

const keyOf = (policy: CachePolicy, change: Partial<CacheKeyContext> = {}): string | undefined =>
  cacheKey(policy, { ...call, ...change });

const simple = fc.constantFrom(
  inputs(),
  source(),
  runId(),
  flowParameters(),
  none(),
  inputs().without('rate'),
  inputs().without('amount', 'rate'),
);
const policy = fc
  .array(simple, { maxLength: 4 })
  .map((parts) => parts.reduce((left, right) => left.and(right), none()));

const changed: fc.Arbitrary<Partial<CacheKeyContext>> = fc.record(
  {
    sourceText: fc.constantFrom('a', 'b'),
    parameters: fc.constantFrom(named(), named(1), named(1, 2), named(2, 2)),
    flowParameters: fc.constantFrom<Readonly<Record<string, unknown>>>({}, { day: 1 }),
    flowRunId: fc.constantFrom('flow-1', 'flow-2', null),
  },
  { requiredKeys: [] },
);

describe('a cache key', () => {
  it('changes with what its policy names', () => {
    const changes: readonly (readonly [CachePolicy, Partial<CacheKeyContext>])[] = [
      [inputs(), { parameters: named(4, { EUR: 1.1 }) }],
      [inputs(), { parameters: named(3) }],
      [inputs(), { parameters: () => ({ rate: 3, amount: { EUR: 1.1 } }) }],
      [source(), { sourceText: '() => 0' }],
      [runId(), { flowRunId: 'flow-2' }],
      [runId(), { flowRunId: null }],
      [flowParameters(), { flowParameters: { day: '2026-01-02' } }],
      [inputs(), { taskKey: 'other' }],
    ];
    for (const [one, change] of changes) expect(keyOf(one, change)).not.toBe(keyOf(one));
  });

  it('changes with nothing else', () => {
    expect(keyOf(inputs(), { sourceText: 'x', flowRunId: null, flowParameters: {}, taskRunId: 'y' })).toBe(
      keyOf(inputs()),
    );
    expect(keyOf(inputs(), { parameters: named(3, new Map()) })).not.toBe(keyOf(inputs()));
    expect(keyOf(source(), { parameters: named(() => 1), flowRunId: null })).toBe(keyOf(source()));
    expect(keyOf(runId(), { taskRunId: 'task-2' })).toBe(keyOf(runId()));
    expect(keyOf(runId(), { flowRunId: null })).not.toBe(keyOf(runId(), { flowRunId: null, taskRunId: 'task-2' }));
    expect(keyOf(inputs().without('rate'), { parameters: named(3, 'any') })).toBe(keyOf(inputs().without('rate')));
    expect(keyOf(inputs().without('rate'), { parameters: named(4) })).not.toBe(keyOf(inputs().without('rate')));
  });

  it('is missing when the policy says nothing about the call', () => {
    expect(keyOf(none())).toBeUndefined();
    expect(keyOf(inputs(), { parameters: named() })).toBeUndefined();
    expect(keyOf(inputs().without('amount', 'rate'))).toBeUndefined();
    expect(keyOf(flowParameters(), { flowParameters: {} })).toBeUndefined();
    expect(keyOf(inputs().and(source()), { parameters: named() })).toBe(keyOf(source()));
  });

  it('is never made of an argument that is no data: the message names it and the ways out', () => {
    class Client {}
    expect(() => keyOf(inputs(), { parameters: named(1, new Client()) })).toThrow(NotSerializable);
    expect(() => keyOf(inputs(), { parameters: named(1, { nested: () => 1 }) })).toThrow(
      /argument 'rate'.*\.without\(.*cacheKey/,
    );
    expect(keyOf(inputs().without('rate'), { parameters: named(3, new Client()) })).toBeDefined();
  });
});

describe('cache policies', () => {
  it('give the same keys in any order, grouping and number', () => {
    fc.assert(
      fc.property(policy, policy, policy, changed, (a, b, c, change) => {
        expect(keyOf(a.and(b), change)).toBe(keyOf(b.and(a), change));
        expect(keyOf(a.and(b).and(c), change)).toBe(keyOf(a.and(b.and(c)), change));
        expect(keyOf(a.and(a), change)).toBe(keyOf(a, change));
        expect(keyOf(a.and(none()), change)).toBe(keyOf(a, change));
      }),
    );
  });

  it('leave parameters out wherever they are left out', () => {
    fc.assert(
      fc.property(policy, policy, changed, (a, b, change) => {
        expect(keyOf(a.and(b).without('rate'), change)).toBe(keyOf(a.without('rate').and(b.without('rate')), change));
        expect(keyOf(a.without('rate').without('amount'), change)).toBe(keyOf(a.without('amount', 'rate'), change));
        expect(keyOf(a.without('unknown'), change)).toBe(keyOf(a, change));
      }),
    );
  });

  it('tell calls apart at least as well together as alone', () => {
    fc.assert(
      fc.property(policy, policy, changed, changed, (a, b, one, other) => {
        if (keyOf(a, one) !== keyOf(a, other)) expect(keyOf(a.and(b), one)).not.toBe(keyOf(a.and(b), other));
      }),
    );
  });

  it('never change', () => {
    const one = inputs();
    one.and(source());
    one.without('rate');
    expect(one.parts).toEqual([{ kind: 'inputs', without: [] }]);
    expect(() => (one.parts as unknown[]).push(1)).toThrow(TypeError);
    expect(() => Object.assign(one, { parts: [] })).toThrow(TypeError);
  });
});
