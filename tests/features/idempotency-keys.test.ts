/** One run a key: kept where a key says something, refused before anything is recorded where it can't. */
import { flow } from 'millrace';
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
});
