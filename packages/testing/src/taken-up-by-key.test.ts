import { flow, task } from '@millrace/engine';
import { expect, test } from 'vitest';
import { testEngine } from './index.ts';

test('children of a run that was taken up by its key belong to that run, and are found at the next take-up', async () => {
  await using engine = await testEngine();
  const calls: string[] = [];
  const first = task('first', () => void calls.push('first'));
  const inner = flow('inner', async () => await first());
  const last = task('last', () => void calls.push('last'));
  const outer = flow('outer', async () => {
    await inner();
    await last();
    return 'done';
  });
  // Dies as soon as the outermost run is recorded; then after the inner flow's task; then goes on.
  engine.crashAfter({ writes: 2 });
  const result = engine.run(async () => await (await outer.with({ idempotencyKey: 'k' }).start()).result());
  await engine.settle();
  engine.crashAfter('first');
  await engine.restart();
  engine.crashAfter('first');
  await engine.settle();
  await engine.restart();
  expect(await result).toBe('done');
  expect(calls).toEqual(['first', 'last']);
  const inners = (await engine.runs()).filter((run) => run.name === 'inner');
  expect(inners).toHaveLength(1);
});
