/** A run that is cancelled before its body begins never calls it, is Cancelled at once, and gives back what it had. */
import { concurrencyLimit, concurrent, flow, type RunView, scope, sleep, type State, task } from 'millrace';
import { expect, test } from 'vitest';
import { MemoryEngine } from '../../laws/in-memory-engine.ts';

const turns = async (count: number): Promise<void> => {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

/** Longer than a test may take: what ends only by its grace fails. */
const patient = { cancelGraceMs: 3_600_000 };

test('while its slot is being granted', async () => {
  await using memory = new MemoryEngine(patient);
  let bodies = 0;
  const limited = task({ name: 'limited', tags: ['db'] }, () => {
    bodies += 1;
  });
  const child = flow({ name: 'child', concurrency: 1 }, () => {
    bodies += 1;
  });
  const outer = flow({ name: 'outer', unobserved: 'ignore' }, async (moments: number) => {
    await concurrencyLimit.set('tag:db', { limit: 1 });
    for (const start of [() => limited.submit(), () => child.submit()]) {
      const future = start();
      for (let turn = 0; turn < moments; turn += 1) await Promise.resolve();
      future.cancel('not wanted');
      await future.wait();
      expect(future.state.toString()).toBe('Cancelled("not wanted")');
    }
  });
  for (let moments = 0; moments < 40; moments += 1) await memory.run(() => outer(moments));
  expect(bodies).toBe(0);
  expect((await memory.run(() => concurrencyLimit.get('tag:db')))?.occupied).toBe(0);
  expect((await memory.run(() => concurrencyLimit.get('flow:child')))?.occupied ?? 0).toBe(0);
});

test('while its onRunning hook is at work', async () => {
  await using memory = new MemoryEngine(patient);
  let bodies = 0;
  const hook = Promise.withResolvers<void>();
  const options = { onRunning: () => hook.promise };
  const watched = task({ name: 'watched', ...options }, () => {
    bodies += 1;
  });
  const child = flow({ name: 'child', ...options }, () => {
    bodies += 1;
  });
  const outer = flow({ name: 'outer', unobserved: 'ignore' }, async () => {
    const futures = [watched.submit(), child.submit()];
    await turns(50);
    for (const future of futures) future.cancel('not wanted');
    hook.resolve();
    for (const future of futures) await future.wait();
    return futures.map(({ state }) => state.toString());
  });
  expect(await memory.run(() => outer())).toEqual(['Cancelled("not wanted")', 'Cancelled("not wanted")']);
  expect(bodies).toBe(0);
});

test('while it waits for a slot, its place taken by another body meanwhile', async () => {
  await using memory = new MemoryEngine(patient);
  const release = Promise.withResolvers<void>();
  const holder = task({ name: 'holder', tags: ['db'] }, () => release.promise);
  const waiting = task({ name: 'waiting', tags: ['db'] }, () => 'never');
  const busy = task('busy', () => release.promise);
  const outer = flow({ name: 'outer', unobserved: 'ignore', runner: concurrent({ limit: 2 }) }, async () => {
    await concurrencyLimit.set('tag:db', { limit: 1 });
    holder.submit();
    await turns(50);
    const second = waiting.submit();
    while (second.state.name !== 'AwaitingConcurrencySlot') await turns(1);
    busy.submit();
    await turns(50);
    second.cancel('not wanted');
    await second.wait();
    expect(second.state.toString()).toBe('Cancelled("not wanted")');
    release.resolve();
  });
  await memory.run(() => outer());
});

test('by its flow, which is cancelled from outside while all of its tasks wait', async () => {
  await using memory = new MemoryEngine({ cancelGraceMs: 200 });
  const started: string[] = [];
  const work = task({ name: 'work', tags: ['db'] }, async (label: string) => {
    started.push(label);
    await new Promise(() => {});
  });
  const outer = flow({ name: 'outer', runner: concurrent({ limit: 2 }) }, async () => {
    await concurrencyLimit.set('tag:db', { limit: 1 });
    const first = work.submit('first');
    work.map(['second', 'third', 'fourth']);
    await work(first as unknown as string);
  });
  const handle = await memory.run(() => outer.start());
  while (started.length === 0) await turns(1);
  await turns(50);
  await handle.cancel('not wanted');
  expect((await handle.state()).toString()).toBe('Cancelled("not wanted")');
  expect(started).toHaveLength(1);
  expect((await memory.run(() => concurrencyLimit.get('tag:db')))?.occupied).toBe(0);
  for (const { state } of await memory.taskRuns()) expect(state.type).toBe('CANCELLED');
});

test('while it waits for a place, its hooks are told, and once', async () => {
  await using memory = new MemoryEngine(patient);
  const reported: string[] = [];
  const gate = Promise.withResolvers<void>();
  const onCancellation = (run: RunView, state: State): void =>
    void reported.push(`${run.definitionName} ${state.name}`);
  const busy = task({ name: 'busy', onCancellation }, async (_: number) => await gate.promise);
  const child = flow({ name: 'child', onCancellation }, async (_: number) => await gate.promise);
  const outer = flow({ name: 'outer', unobserved: 'ignore' }, async () => {
    await scope(
      async () => {
        busy.submit(0);
        const futures = [busy.submit(1), child.submit(1), ...busy.map([2, 3]), ...child.map([2])];
        await turns(5);
        for (const future of futures) future.cancel('not wanted');
        for (const future of futures) expect((await future.wait()).toString()).toBe('Cancelled("not wanted")');
        gate.resolve();
      },
      { limit: 1, onFailure: 'wait' },
    );
  });
  await memory.run(() => outer());
  expect(reported.toSorted()).toEqual(
    [...Array(2).fill('child Cancelled'), ...Array(3).fill('busy Cancelled')].toSorted(),
  );
});

test('with an error as the reason, which is told as text', async () => {
  await using memory = new MemoryEngine(patient);
  const reason = new TypeError('not wanted') as unknown as string;
  const waiting = flow('asleep', async () => await sleep('1h'));
  const names = await memory.run(async () => {
    const handle = await waiting.start();
    await handle.cancel(reason);
    const inner = flow('outer', async () => {
      const future = waiting.submit();
      future.cancel(reason);
      return (await future.wait()).toString();
    });
    return [(await handle.state()).toString(), await inner()];
  });
  expect(names).toEqual(Array(2).fill('Cancelled("TypeError: not wanted")'));
});
