/** Law 1 for `scope()` inside a body: what it started ends before the body's run does, whatever way that ends. */
import { flow, inputs, scope, sleep, task } from 'millrace';
import { expect, test } from 'vitest';
import { MemoryEngine } from '../../laws/in-memory-engine.ts';

const turns = async (count: number): Promise<void> => {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};
const ends: string[] = [];
const slow = task('slow', async () => {
  await turns(200);
  ends.push('slow');
});

test('a body that returns without awaiting its scope', async () => {
  await using memory = new MemoryEngine();
  ends.length = 0;
  const outer = flow('outer', async () => {
    void scope(async () => void slow.submit());
  });
  await memory.run(() => outer());
  expect(ends).toEqual(['slow']);
});

test('a body that throws without awaiting its scope', async () => {
  await using memory = new MemoryEngine();
  let end: unknown;
  const careful = task('careful', async (_: number, { signal }: { signal: AbortSignal }) => {
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    await turns(50);
    end = 'cleaned up';
  });
  const outer = flow('outer', async () => {
    const inner = scope(async () => void careful.submit(1));
    inner.catch(() => {});
    await turns(20);
    throw new Error('broken');
  });
  await expect(memory.run(() => outer())).rejects.toThrow('broken');
  expect(end).toBe('cleaned up');
});

test('a body that times out in its scope', async () => {
  await using memory = new MemoryEngine({ cancelGraceMs: 3_600_000 });
  const stubborn = task('stubborn', () => new Promise(() => {}));
  const outer = flow({ name: 'outer', timeout: 20 }, async () => await scope(async () => void stubborn.submit()));
  await expect(memory.run(() => outer())).rejects.toMatchObject({ code: 'RunTimedOut' });
  expect((await memory.taskRuns()).map(({ state }) => state.type)).toEqual(['CANCELLED']);
});

test('a tree that is parked while it waits in a scope', async () => {
  await using memory = new MemoryEngine({ parkAfterMs: 50, idleTreesMax: 0 });
  let bodies = 0;
  const child = flow('child', async () => {
    bodies += 1;
    await sleep(1_500);
    return bodies;
  });
  const outer = flow('outer', async () => await scope(async () => await child()));
  expect(await memory.run(() => outer())).toBe(2);
  expect((await memory.taskRuns()).map(({ state }) => state.type)).toEqual(['COMPLETED']);
});

test('the body of a cached task, which has its grace to end', async () => {
  await using memory = new MemoryEngine();
  let end: unknown;
  const careful = task({ name: 'careful', cache: inputs() }, async (_: number, { signal }: { signal: AbortSignal }) => {
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    await turns(50);
    end = 'cleaned up';
  });
  const outer = flow('outer', async () => {
    const future = careful.submit(1);
    await turns(50);
    future.cancel();
    await future.wait();
    return end;
  });
  expect(await memory.run(() => outer())).toBe('cleaned up');
});
