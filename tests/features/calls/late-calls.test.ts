/** A call never throws: what can't begin is a future that rejects. And no failure is silent: one that no scope reports is logged. */
import { flow, sleep, task } from 'millrace';
import { RunCancelled } from '@millrace/kernel';
import { openDefaultEngine } from '@millrace/local';
import { withRuntime } from '@millrace/engine/internal';
import { expect, test, vi } from 'vitest';
import { MemoryEngine } from '../../laws/in-memory-engine.ts';

const id = task('id', (n: number) => n);
const bad = task('bad', () => {
  throw new Error('boom');
});

/** Runs the code as a callback of a flow that has ended. */
async function afterItsFlow<T>(memory: MemoryEngine, late: () => Promise<T>): Promise<T> {
  const ended = Promise.withResolvers<void>();
  const values: Promise<T>[] = [];
  await memory.run(() => flow('outer', async () => void values.push(ended.promise.then(late)))());
  ended.resolve();
  return (await Promise.all(values))[0] as T;
}

test('each way to call, from a callback that outlives its flow', async () => {
  await using memory = new MemoryEngine();
  const child = flow('child', (n: number) => n);
  const ends = await afterItsFlow(memory, async () => {
    const rejections = [id(1), id.submit(1), id.map([1, 2]), child(1), child.submit(1), child.map([])].map(
      async (call) => await Promise.resolve(call).catch((error: unknown) => error),
    );
    return [await Promise.all(rejections), [await id.state(1), await child.state(1)].map((state) => state.name)];
  });
  const refused = expect.any(RunCancelled);
  expect(ends).toEqual([
    [refused, refused, refused, refused, refused, []],
    ['Cancelled', 'Cancelled'],
  ]);
});

test('each way to call, where the settings can not be read', async () => {
  vi.stubEnv('MILLRACE_RESULT_BYTES_MAX', 'abc');
  try {
    const engine = openDefaultEngine();
    const message = "MILLRACE_RESULT_BYTES_MAX must be a whole number of 0 or more, not 'abc'.";
    await withRuntime(engine, async () => {
      for (const call of [id(1), id.submit(1), id.map([1]), flow('child', () => 1)(), flow('child', () => 1).start()])
        await expect(call).rejects.toThrow(message);
      expect((await id.state(1)).name).toBe('Failed');
    });
  } finally {
    vi.unstubAllEnvs();
  }
});

test('the console is told of a failure that no scope reports and that nobody has looked at', async () => {
  const lines: string[] = [];
  await using memory = new MemoryEngine({ print: ({ subject, text }) => void lines.push(`${subject}: ${text}`) });
  await memory.run(async () => {
    bad.submit();
    const seen = bad.submit();
    const handle = await flow('started', () => bad()).start();
    await handle.result().catch(() => {});
    const cancelled = await flow('cancelled', async () => await sleep('1h')).start();
    await cancelled.cancel();
    await memory.engine.atRest();
    await seen.catch(() => {});
  });
  await afterItsFlow(memory, async () => void id.submit(1));
  await memory.engine.close();
  expect(lines).toEqual([
    "Task run 'bad': failed, and its result was not looked at: Error: boom",
    expect.stringContaining("Task run 'id': failed, and its result was not looked at: RunCancelled: "),
  ]);
});
