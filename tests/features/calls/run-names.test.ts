/** Names of runs from templates: parameters that were left out, and templates that can't be meant. */
import { flow, task } from 'millrace';
import { expect, test } from 'vitest';
import { MemoryEngine } from '../../laws/in-memory-engine.ts';

test('a parameter that was left out is an empty text in the name', async () => {
  await using memory = new MemoryEngine();
  const named = task({ name: 'named', runName: '{a}-{b}-{c}' }, (a: number, b?: number, c = 3) => a + (b ?? 0) + c);
  const only = task({ name: 'only', runName: '{b}' }, (b?: number) => b ?? 0);
  await memory.run(() => flow({ name: 'outer', runName: 'of {n}{m}' }, async (n: string, m = '') => n + m)('x'));
  await memory.run(() => flow('around', async () => [await named(1), await named(1, undefined, 2), await only()])());
  expect((await memory.flowRuns())[0]?.name).toBe('of x');
  expect((await memory.taskRuns()).map((run) => run.name)).toEqual(['1--', '1--2', expect.stringMatching(/^only-/)]);
});

test('a template that can not be meant is refused where it is defined', () => {
  for (const runName of ['', ' ', 'a-{', '{}']) {
    const refused = expect.objectContaining({ code: 'ConfigurationError' });
    expect(() => task({ name: 't', runName }, () => 1)).toThrow(refused);
    expect(() => flow({ name: 'f', runName }, () => 1)).toThrow(refused);
    expect(() => task('t', () => 1).with({ runName })).toThrow(refused);
  }
});
