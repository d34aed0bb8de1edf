/** Values over 64 KB are kept outside the rows, and users see no difference. */
import { flow, rerun, task } from 'millrace';
import { expect, test } from 'vitest';
import { MemoryEngine } from '../../laws/in-memory-engine.ts';

test('large values, parameters and errors travel like small ones', async () => {
  await using memory = new MemoryEngine();
  const large = 'x'.repeat(300_000);
  let calls = 0;
  const grow = task('grow', (text: string) => {
    calls += 1;
    return { text, twice: text + text };
  });
  const fail = task('fail', (text: string) => {
    throw new RangeError(text);
  });
  const outer = flow({ name: 'outer', retries: 1 }, async (text: string) => {
    const { twice } = await grow(text);
    if (calls === 1 && (await memory.taskRuns()).length === 1) {
      const error: unknown = await fail(text.slice(0, 100_000)).catch((reason: unknown) => reason);
      throw error;
    }
    return twice.length;
  });
  await memory.run(async () => {
    const handle = await outer.start(large);
    expect(await handle.result()).toBe(600_000);
    expect(calls).toBe(1);
    const fork = await rerun<number>(handle.id);
    expect(await fork.result()).toBe(600_000);
  });
  const { runs } = await memory.engine.ledger();
  const record = (await memory.taskRuns())[0];
  expect(record).toBeDefined();
  if (record !== undefined) expect((await runs.outcome(record))?.length).toBeGreaterThan(900_000);
});
