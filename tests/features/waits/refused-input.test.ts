/** Input that the schema of a wait refuses is logged and ignored: the run goes on waiting, as if it had never come. */
import { flow, pause, resume, sendSignal, suspend, waitForSignal } from 'millrace';
import { testEngine } from 'millrace/testing';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';

const number = z.object({ n: z.number() });

describe('refused input', () => {
  for (const [name, ask] of [
    ['pause', async () => await pause({ key: 'go', input: number, timeout: '1d' })],
    ['suspend', async () => await suspend({ key: 'go', input: number })],
  ] as const) {
    test(`leaves the run of a ${name} as it was, and the next input is taken`, async () => {
      await using engine = await testEngine();
      const asking = flow('asking', async () => (await ask()).n);
      const handle = await engine.run(() => asking.start());
      await engine.advance('20m');
      await engine.run(() => resume(handle.id, { input: { n: 'wrong' } }));
      await engine.advance('1m');
      expect((await engine.logs(handle.id)).filter((line) => line.includes('refused'))).toHaveLength(1);
      expect((await engine.runs())[0]?.state).toMatchObject({ type: 'PAUSED', details: { pauseKey: 'go' } });
      await engine.run(() => resume(handle.id, { input: { n: 7 } }));
      await engine.advance('1s');
      expect(await engine.run(() => handle.result())).toBe(7);
    });
  }

  test('of a signal is dropped, and the next one is taken', async () => {
    await using engine = await testEngine();
    const asking = flow('asking', async () => (await waitForSignal('go', { schema: number })).n);
    const handle = await engine.run(() => asking.start());
    await engine.advance('20m');
    await engine.run(() => sendSignal(handle.id, 'go', { n: 'wrong' }));
    await engine.advance('30m');
    expect((await engine.logs(handle.id)).filter((line) => line.includes('refused'))).toHaveLength(1);
    await engine.run(() => sendSignal(handle.id, 'go', { n: 7 }));
    await engine.advance('1s');
    expect(await engine.run(() => handle.result())).toBe(7);
  });

  test('is not asked about again by a new process', async () => {
    await using engine = await testEngine();
    const asking = flow('asking', async () => (await pause({ key: 'go', input: number, timeout: '1d' })).n);
    const result = engine.run(() => asking());
    await engine.settle();
    const id = (await engine.runs())[0]?.id ?? expect.unreachable();
    await engine.run(() => resume(id, { input: { n: 'wrong' } }));
    await engine.settle();
    await engine.restart();
    await engine.settle();
    expect((await engine.logs(id)).filter((line) => line.includes('refused'))).toHaveLength(1);
    expect((await engine.runs())[0]?.state).toMatchObject({ type: 'PAUSED', details: { pauseKey: 'go' } });
    await engine.run(() => resume(id, { input: { n: 7 } }));
    await engine.advance('1s');
    expect(await result).toBe(7);
  });
});
