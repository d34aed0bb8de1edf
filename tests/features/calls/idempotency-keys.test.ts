/** One run a key: kept where a key says something, refused before anything is recorded where it can't. */
import { flow, MissingResult } from 'millrace';
import { testEngine } from 'millrace/testing';
import { describe, expect, it } from 'vitest';

const inner = flow('keyed-inner', async (n: number) => n + 1);
const outer = flow('keyed-outer', async () => await inner.with({ idempotencyKey: 'once' })(1));

describe('an idempotency key', () => {
  it('of a flow called inside of a run is refused by name, as a call inside of a run is recorded once anyway', async () => {
    await using engine = await testEngine();
    await expect(engine.run(() => outer())).rejects.toMatchObject({
      code: 'ConfigurationError',
      message: expect.stringContaining("'keyed-inner'"),
    });
  });

  it('of a run that has ended gives its result, also nothing; one that was not persisted is missing, not nothing', async () => {
    await using engine = await testEngine();
    const nothing = flow('returns-nothing', () => {});
    const unkept = flow({ name: 'keeps-nothing', persistResult: false }, () => 7);
    const twice = async (keyed: { start(): Promise<{ result(): Promise<unknown> }> }): Promise<unknown[]> => {
      const results: unknown[] = [];
      for (let i = 0; i < 2; i += 1) {
        const handle = await keyed.start();
        results.push(await handle.result().catch((error: unknown) => error));
      }
      return results;
    };
    expect(await engine.run(() => twice(nothing.with({ idempotencyKey: 'k' })))).toEqual([undefined, undefined]);
    expect(await engine.run(() => twice(unkept.with({ idempotencyKey: 'k' })))).toEqual([7, expect.any(MissingResult)]);
  });
});
