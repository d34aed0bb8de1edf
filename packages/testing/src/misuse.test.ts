/** Misuse of the test engine is an error at once, because a test that tests nothing must not pass. */
import { flow, sleep, step, task, type TaskContext } from '@millrace/engine';
import { describe, expect, onTestFinished, test } from 'vitest';
import { testEngine } from './index.ts';

const refused = (...parts: readonly string[]) =>
  expect.objectContaining({
    code: 'ConfigurationError',
    message: expect.stringMatching(new RegExp(parts.join('.*'))),
  });

describe('a test engine that is disposed of', () => {
  test('rejects the runs that are open, and those that come', async () => {
    const engine = await testEngine();
    const open = engine.run(() => flow('sleeper', () => sleep('1d'))());
    await engine.settle();
    await engine[Symbol.asyncDispose]();
    await expect(open).rejects.toEqual(refused('disposed of before'));
    await expect(engine.run(() => flow('late', () => 1)())).rejects.toEqual(refused('runs nothing any more'));
  });
});

describe('crashAfter', () => {
  test('refuses what is no point to crash at', async () => {
    await using engine = await testEngine();
    const one = task('one', () => 1);
    for (const [point, ...parts] of [
      [one, "the task 'one'", "crashAfter\\('one'\\)"],
      [{ foo: 1 }, 'an object with foo'],
      [{ writes: 0 }, 'writes'],
      [{ task: 'one', occurrence: 0.5 }, 'occurrence'],
      [7, 'not 7'],
      ['', "not ''"],
    ] as const)
      expect(() => engine.crashAfter(point as never)).toThrow(refused(...parts));
  });

  test('says when no task has the name, at the restart or at the end', async () => {
    const engine = await testEngine();
    const outer = flow('outer', () => step('real', () => 1));
    engine.crashAfter('no-such-task');
    await engine.run(() => outer());
    await expect(engine.restart()).rejects.toEqual(refused("'no-such-task'", 'real'));
    engine.crashAfter({ task: 'no-such-task' });
    await expect(engine[Symbol.asyncDispose]()).rejects.toEqual(refused("'no-such-task'", 'real'));
  });

  test('says nothing of a task that only was not reached', async () => {
    await using engine = await testEngine();
    task('never-called', () => 1);
    engine.crashAfter('never-called');
    expect(await engine.run(() => flow('outer', () => 2)())).toBe(2);
  });
});

describe('mock', () => {
  test('refuses what is no task, and a double that is no function', async () => {
    await using engine = await testEngine();
    const mock = engine.mock.bind(engine) as unknown as (...args: readonly unknown[]) => void;
    expect(() =>
      mock(
        flow('outer', () => 1),
        () => 2,
      ),
    ).toThrow(refused("the flow 'outer'"));
    expect(() => mock(5, () => 2)).toThrow(refused('not 5'));
    expect(() =>
      mock(
        task('one', () => 1),
        2,
      ),
    ).toThrow(refused("task 'one'", 'not 2'));
  });

  test('gives a double the context where it takes one', async () => {
    await using engine = await testEngine();
    const fetched = task('fetched', async (id: number) => `real ${id}`);
    engine.mock(fetched, async (id: number, { attempt, signal }: TaskContext) => `${id} ${attempt} ${signal.aborted}`);
    expect(await engine.run(() => flow('outer', () => fetched(7))())).toBe('7 1 false');
  });
});

describe('time', () => {
  test('that there is not is refused', async () => {
    await expect(testEngine({ time: 'foo' as never })).rejects.toEqual(refused("'foo'"));
    await expect(testEngine({ startAt: new Date('never') })).rejects.toEqual(refused('startAt'));
  });

  test('that is real waits for what is further off than a timer of the machine', async () => {
    const warned: Error[] = [];
    const note = (warning: Error): void => void warned.push(warning);
    process.on('warning', note);
    onTestFinished(() => void process.off('warning', note));
    await using engine = await testEngine({ time: 'real' });
    const slow = task({ name: 'slow', timeout: '30d' }, async () => {
      await new Promise((resolve) => setImmediate(resolve));
      return 'in time';
    });
    expect(await engine.run(() => flow('outer', () => slow())())).toBe('in time');
    expect(warned.map(({ name }) => name)).not.toContain('TimeoutOverflowWarning');
  });
});
