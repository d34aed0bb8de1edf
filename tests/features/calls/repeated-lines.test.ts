/** A body that is called again, as its process died or it was evicted, does not record the lines again that are recorded already. */
import { flow, logger, sleep, step, task } from 'millrace';
import { testEngine } from 'millrace/testing';
import { expect, test } from 'vitest';

async function logsOf(engine: Awaited<ReturnType<typeof testEngine>>, name = 'f'): Promise<readonly string[]> {
  const run = (await engine.runs()).find((one) => one.name === name && one.kind === 'flow');
  return (await engine.logs(run?.id ?? '')).map((line) => line.replace(/^.* - /, ''));
}

const t = task('t', (n: number) => n);
const last = task('last', () => 'last');

test('after a crash each line is there once, and those that come then are recorded', async () => {
  await using engine = await testEngine();
  const f = flow('f', async () => {
    logger().info('begins');
    for (const n of [1, 2, 3]) {
      logger().info('before');
      await t(n);
      logger().info('after %d', n);
    }
    await last();
    logger().info('before');
  });
  engine.crashAfter({ task: 't', occurrence: 2 });
  const result = engine.run(() => f());
  await engine.settle();
  const early = await logsOf(engine);
  await engine.restart();
  await result;
  expect(early.filter((line) => line === 'begins')).toHaveLength(1);
  expect(await logsOf(engine)).toEqual([
    'begins',
    'before',
    'after 1',
    'before',
    'after 2',
    'before',
    'after 3',
    'before',
  ]);
});

test('in branches side by side, of which one has caught up before the others', async () => {
  await using engine = await testEngine();
  const branch = async (name: string, count: number) => {
    for (let n = 0; n < count; n += 1) {
      await step(`${name}-${n}`, () => n);
      logger().info(`${name} has ${n}`);
    }
  };
  let crashed = false;
  const f = flow('f', async () => {
    await Promise.all([branch('a', crashed ? 4 : 2), branch('b', 4), branch('c', 3)]);
    await last();
  });
  engine.crashAfter('last');
  const result = engine.run(() => f());
  await engine.settle();
  crashed = true;
  await engine.restart();
  await result;
  const lines = await logsOf(engine);
  expect(lines.toSorted()).toEqual([...new Set(lines)].toSorted());
  expect(lines).toHaveLength(11);
});

test('in a child flow, too, and a line that differs is a new one', async () => {
  await using engine = await testEngine();
  let process = 1;
  const child = flow('child', async () => {
    logger().info('child begins');
    logger().info(`in process ${process}`);
    await t(1);
    await last();
    logger().info('child ends');
  });
  engine.crashAfter('t');
  const result = engine.run(() => flow('f', async () => await child())());
  await engine.settle();
  process = 2;
  await engine.restart();
  await result;
  expect(await logsOf(engine, 'child')).toEqual(['child begins', 'in process 1', 'in process 2', 'child ends']);
});

test('after each time that it was parked', async () => {
  await using engine = await testEngine();
  const f = flow('f', async () => {
    for (const n of [1, 2, 3]) {
      logger().info('day');
      await sleep('1d');
      logger().info('slept %d', n);
    }
  });
  const result = engine.run(() => f());
  for (let day = 0; day < 3; day += 1) {
    await engine.restart();
    await engine.advance('1d');
  }
  await result;
  expect(await logsOf(engine)).toEqual(['day', 'slept 1', 'day', 'slept 2', 'day', 'slept 3']);
});

test('a retry is a new attempt: its lines are recorded', async () => {
  await using engine = await testEngine();
  let attempts = 0;
  const f = flow({ name: 'f', retries: 1 }, async () => {
    attempts += 1;
    logger().info('begins');
    await t(1);
    if (attempts === 1) throw new Error('again');
  });
  await engine.run(() => f());
  expect((await logsOf(engine)).filter((line) => line === 'begins')).toHaveLength(2);
});
