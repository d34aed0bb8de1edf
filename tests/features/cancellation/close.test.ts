/** `engine.close()` waits for bodies that are at work and for nothing else: what sleeps is left to the next process. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withRuntime } from '@millrace/engine/internal';
import { openEngine } from '@millrace/local';
import { flow, pause, sleep, task, waitForSignal } from 'millrace';
import { afterAll, describe, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'millrace-close-'));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;
const newUrl = (): string => {
  files += 1;
  return `sqlite:///${join(folder, `${files}.db`)}`;
};
const open = (databaseUrl: string): ReturnType<typeof openEngine> =>
  openEngine({ settings: { databaseUrl }, engine: { print: () => {}, parkAfterMs: 1, idleTreesMax: 0 } });

const sleeper = flow('sleeper', async () => await sleep('1h'));
const asks = flow('asks', async () => await waitForSignal('go'));
const pauses = flow('pauses', async () => await pause({ key: 'ok', timeout: '1h' }));

const turns = async (count: number): Promise<void> => {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

async function evicted(engine: ReturnType<typeof openEngine>, count: number): Promise<void> {
  const { runs } = await engine.ledger();
  const waiting = async (): Promise<number> =>
    (await runs.flowRuns({})).filter(({ state, sessionId }) => state.type === 'PAUSED' && sessionId === null).length;
  await expect.poll(waiting, { interval: 10, timeout: 10_000 }).toBe(count);
}

describe('close() resolves', () => {
  test('with runs asleep, which stay asleep', async () => {
    const url = newUrl();
    const engine = open(url);
    for (const definition of [sleeper, asks, pauses]) void withRuntime(engine, () => definition());
    await evicted(engine, 3);
    await engine.close();
    const next = open(url);
    const found = await (await next.ledger()).runs.flowRuns({});
    expect(found.map(({ state }) => state.type)).toEqual(['PAUSED', 'PAUSED', 'PAUSED']);
    await next.close();
  });

  test('with a run that was started twice under its key and is asleep', async () => {
    const engine = open(newUrl());
    const keyed = sleeper.with({ idempotencyKey: 'once' });
    void withRuntime(engine, () => keyed());
    await evicted(engine, 1);
    void withRuntime(engine, () => keyed());
    await turns(200);
    await engine.close();
  });

  test('with a run that waits for one that another process left asleep', async () => {
    const url = newUrl();
    const [here, there] = [open(url), open(url)];
    const keyed = sleeper.with({ idempotencyKey: 'once' });
    void withRuntime(there, () => keyed());
    await evicted(there, 1);
    void withRuntime(here, () => keyed());
    await evicted(here, 1);
    await turns(200);
    await here.close();
    await there.close();
  });

  test('with a run that waits for one that another process is at work on', async () => {
    const url = newUrl();
    const [here, there] = [open(url), open(url)];
    const end = Promise.withResolvers<void>();
    const work = task('work', () => end.promise);
    const busy = flow('busy', () => work()).with({ idempotencyKey: 'once' });
    const handle = await withRuntime(there, () => busy.start());
    await withRuntime(here, () => busy.start());
    await here.close();
    end.resolve();
    await handle.result();
    await there.close();
  });

  test('with a run that was started twice under its key once it has ended, and both hear of it', async () => {
    const engine = open(newUrl());
    const end = Promise.withResolvers<number>();
    const work = task('work', () => end.promise);
    const busy = flow('busy', () => work()).with({ idempotencyKey: 'once' });
    const handles = await withRuntime(engine, () => Promise.all([busy.start(), busy.start()]));
    const closing = engine.close();
    end.resolve(7);
    await closing;
    expect(await Promise.all(handles.map((handle) => handle.result()))).toEqual([7, 7]);
  });

  test('once the bodies at work have ended', async () => {
    const engine = open(newUrl());
    const end = Promise.withResolvers<void>();
    const work = task('work', () => end.promise);
    const result = withRuntime(engine, () => flow('busy', () => work())());
    await turns(50);
    let isClosed = false;
    const closing = engine.close().then(() => {
      isClosed = true;
    });
    await turns(200);
    expect(isClosed).toBe(false);
    end.resolve();
    await closing;
    await result;
  });
});
