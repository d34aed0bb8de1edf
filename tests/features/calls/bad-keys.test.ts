/** Keys that one store can't index, or that two texts would share, are refused alike on both stores. */
import { flow, sendSignal, task } from 'millrace';
import { afterAll, describe, expect, inject, test } from 'vitest';
import { dialects } from '../../processes/sandbox.ts';
import { Refusals, says } from './refusals.ts';

const postgresUrl = inject('postgresUrl');
/** Text that does not compress, of the longest characters there are. */
const longest = Array.from({ length: 256 }, (_, index) => String.fromCodePoint(0x20_000 + index * 97)).join('');
const badKeys = { empty: '', long: `${longest}x`, 'half a pair': 'a\ud800' };

describe.each(dialects.filter((dialect) => dialect === 'sqlite' || postgresUrl !== ''))('on %s', (dialect) => {
  const refusals = new Refusals(dialect, { postgresUrl, resultBytesMax: 10_000 });
  afterAll(async () => await refusals[Symbol.asyncDispose]());

  test.each(Object.entries(badKeys))('a key that can not be one: %s', async (_kind, key) => {
    expect(await refusals.ofCall(() => flow({ name: 'nightly', idempotencyKey: key }, () => 1)())).toEqual(
      says('ConfigurationError', 'idempotencyKey', "'nightly'"),
    );
    expect(await refusals.ofCall(() => sendSignal('any', 'ok', 1, { idempotencyKey: key }))).toEqual(
      says('ConfigurationError', 'idempotencyKey', "'ok'"),
    );
    const cached = task({ name: 'cached', retries: 2, cacheKey: () => key }, () => 1);
    await expect(refusals.inFlow(() => cached())).rejects.toEqual(says('ConfigurationError', 'cacheKey', "'cached'"));
  });

  test('the longest key is one', async () => {
    const keyed = flow({ name: 'x'.repeat(256), idempotencyKey: longest }, (value: number) => value);
    expect(await refusals.run(() => keyed(1))).toBe(1);
    expect(await refusals.run(() => keyed(2))).toBe(1);
    const cached = task({ name: 'cached', cacheKey: () => longest }, (value: number) => value);
    expect(await refusals.inFlow(async () => [await cached(1), await cached(2)])).toEqual([1, 1]);
  });
});
