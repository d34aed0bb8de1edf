import { concurrency, concurrencyLimit, flow, pause, sendSignal, sleep, task, waitForSignal } from '@millrace/engine';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { testEngine } from '../test-engine.ts';

const stalled = (...parts: readonly RegExp[]): unknown =>
  expect.objectContaining({
    code: 'VirtualTimeStalled',
    message: expect.toSatisfy((message: string) => parts.every((part) => part.test(message))) as string,
  });

afterEach(() => {
  vi.restoreAllMocks();
});

describe('a test that awaits what virtual time alone would move', () => {
  it('names a sleep, with the call that moves it', async () => {
    await using engine = await testEngine();
    const nap = flow('nap', async () => await sleep('30d'));
    await expect(engine.run(() => nap())).rejects.toEqual(
      stalled(/flow 'nap' \(run '[^']*'\) sleeps until 2026-01-31T00:00:00.000Z: engine.advance\('30d'\)/),
    );
  });

  it('names a signal, a pause and a slot of several runs', async () => {
    await using engine = await testEngine();
    const both = flow('both', async () => {
      await concurrencyLimit.set('db', { limit: 1 });
      const use = task('use', (_n: number) =>
        concurrency('db', async () => await waitForSignal('go', { timeout: '2h' })),
      );
      await use.map([1, 2]);
    });
    await expect(engine.run(() => both())).rejects.toEqual(
      stalled(
        /waits for signal 'go': sendSignal\('[0-9a-f-]+', 'go', \.\.\.\), or its timeout at .*'2h'/,
        /waits for a slot of 'db', held by/,
      ),
    );
    const asking = flow('asking', async () => await pause({ key: 'ok' }));
    // A pause has a timeout of its own.
    await using other = await testEngine();
    await expect(other.run(() => asking())).rejects.toEqual(stalled(/is paused \(key 'ok'\): resume\('/));
  });

  it('names a retry, and a process that died', async () => {
    await using engine = await testEngine();
    const failing = task({ name: 'failing', retries: 1, retryDelay: '1m' }, async () => {
      throw new Error('first');
    });
    await expect(engine.run(() => flow('f', async () => await failing())())).rejects.toEqual(
      stalled(/'failing[^']*' at .*engine.advance\('1m'\)/),
    );
    await using crashing = await testEngine();
    const charge = task('charge', () => 1);
    crashing.crashAfter('charge');
    await expect(crashing.run(() => flow('g', async () => await charge())())).rejects.toEqual(
      stalled(/engine.restart\(\)/),
    );
  });

  it('goes on as ever when the test moves it in time', async () => {
    await using engine = await testEngine();
    let id = '';
    const asking = flow('asking', async () => await waitForSignal('go'));
    const result = expect(
      engine.run(async () => {
        const handle = await asking.start();
        id = handle.id;
        return await handle.result();
      }),
    ).resolves.toBe('now');
    await engine.settle();
    await engine.run(() => sendSignal(id, 'go', 'now'));
    await result;
  });
});

describe('a test that does something else meanwhile', () => {
  it('is only warned, once, when nothing awaits the run', async () => {
    const written = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    await using engine = await testEngine();
    const result = engine.run(() => flow('nap', async () => await sleep('1d'))());
    await vi.waitFor(() => expect(written).toHaveBeenCalledWith(expect.stringContaining("engine.advance('1d')")), {
      timeout: 20_000,
      interval: 50,
    });
    await engine.advance('1d');
    await result;
    expect(written).toHaveBeenCalledOnce();
  });

  it('is left alone while a body is at work beside the engine', async () => {
    const written = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    await using engine = await testEngine();
    const { promise, resolve } = Promise.withResolvers<string>();
    const request = task('request', () => promise);
    const result = engine.run(() =>
      flow('f', async () => {
        const napping = sleep('1d');
        const answer = await request();
        await napping;
        return answer;
      })(),
    );
    const end = expect(result).resolves.toBe('answered');
    await vi.waitFor(() => expect(written).toHaveBeenCalled(), { timeout: 20_000, interval: 50 });
    resolve('answered');
    await engine.advance('1d');
    await end;
  });
});
