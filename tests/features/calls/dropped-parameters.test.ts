/** Parameters that a flow's schema dropped are logged, once a call: a mistyped name is else a parameter that is not there. */
import { flow, rerun } from 'millrace';
import { testEngine } from 'millrace/testing';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { MemoryEngine } from '../../laws/in-memory-engine.ts';

const strip = flow({ name: 'strip', input: z.object({ n: z.number().default(1) }) }, ({ n }) => n);
const renames = flow(
  { name: 'renames', input: z.object({ a: z.number() }).transform(({ a }) => ({ b: a })) },
  ({ b }) => b,
);
const loose = flow({ name: 'loose', input: z.looseObject({ n: z.number() }) }, ({ n }) => n);

async function warnings(body: () => Promise<unknown>): Promise<readonly string[]> {
  await using engine = await testEngine();
  await engine.run(body);
  const lines: string[] = [];
  for (const run of await engine.runs()) lines.push(...(await engine.logs(run.id)));
  return lines;
}

describe('a flow with an input schema', () => {
  test('says once which names its schema dropped', async () => {
    const given = { n: 2, typo: 1, m: 3 };
    const reported = [
      "The input schema of flow 'strip' drops 'typo', 'm': the flow does not get them. Correct the name, or add it to the schema.",
    ];
    expect(await warnings(() => strip(given))).toEqual(reported);
    expect(await warnings(() => flow('outer', async () => await strip(given))())).toEqual(reported);
  });

  test('says nothing of names that it takes, renames or keeps', async () => {
    expect(await warnings(() => strip({ n: 2 }))).toEqual([]);
    expect(await warnings(() => strip({}))).toEqual([]);
    expect(await warnings(() => renames({ a: 1 }))).toEqual([]);
    expect(await warnings(() => loose({ n: 1, more: 2 }))).toEqual([]);
  });

  test('refuses a rerun with such a name', async () => {
    await using memory = new MemoryEngine();
    await memory.run(async () => {
      const original = await strip.start({ n: 2 });
      await original.result();
      await expect(rerun(original.id, { parameters: { typo: 1 } })).rejects.toThrow(
        "drops 'typo': the flow does not get it",
      );
    });
  });
});
