/** Law 2. What a caller has seen survives `kill -9`. No state travels only as an event. */
import { context, flow, task } from '@millrace/engine';
import { expect, test } from 'vitest';
import { MemoryEngine } from './in-memory-engine.ts';

test('law 2: whatever a body sees of a child is committed by then', async () => {
  await using memory = new MemoryEngine();
  const child = task('child', (n: number) => n);
  const seen: (string | undefined)[] = [];
  const outer = flow('outer', async () => {
    for (let n = 0; n < 3; n += 1) {
      const future = child.submit(n);
      await future;
      seen.push((await (await memory.engine.ledger()).runs.taskRun(future.id))?.state.name);
    }
  });
  await memory.run(() => outer());
  expect(seen).toEqual(['Completed', 'Completed', 'Completed']);
});

test('law 2: a failed run is committed with its error before anyone hears of it', async () => {
  await using memory = new MemoryEngine();
  const child = task('child', () => {
    throw new RangeError('recorded');
  });
  let text: string | null | undefined;
  const outer = flow('outer', async () => {
    const future = child.submit();
    await future.wait();
    const { runs } = await memory.engine.ledger();
    const record = await runs.taskRun(future.id);
    text = record === undefined ? undefined : await runs.outcome(record);
  });
  await memory.run(() => outer());
  expect(text).toContain('recorded');
});

test.each(['flow', 'task'] as const)(
  'law 2: an outermost %s run is on record before its body is called',
  async (kind) => {
    await using memory = new MemoryEngine();
    const seen: (string | undefined)[] = [];
    const look = async (): Promise<void> => {
      const { runs } = await memory.engine.ledger();
      const { flowRun, taskRun } = context();
      seen.push(
        (await runs.flowRun(flowRun?.id ?? ''))?.state.name,
        (await runs.taskRun(taskRun?.id ?? ''))?.state.name,
      );
    };
    await memory.run(() => (kind === 'flow' ? flow('outer', look)() : task('outer', look)()));
    expect(seen).toEqual(kind === 'flow' ? ['Running', undefined] : [undefined, 'Running']);
  },
);
