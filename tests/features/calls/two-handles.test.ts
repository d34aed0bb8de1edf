/** Handles on one run in two processes agree: both say what its holder recorded, and its hooks are called there, once. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { withRuntime } from '@millrace/engine/internal';
import { openEngine } from '@millrace/local';
import { flow, task, type TaskContext } from 'millrace';
import { afterAll, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'millrace-handles-'));
afterAll(() => rmSync(folder, { recursive: true }));
const open = (file: string, cancelGraceMs = 5_000): ReturnType<typeof openEngine> =>
  openEngine({
    settings: { databaseUrl: `sqlite:///${join(folder, file)}` },
    engine: { print: () => {}, pollMs: 20, cancelGraceMs },
    timing: { pollMs: 20 },
  });

interface Body {
  readonly started: Promise<void>;
  readonly end: () => void;
}

/** A keyed flow whose one body ends when the test says so, and handles its cancellation or not. */
function keyed(hooks: string[], { isDeaf }: { readonly isDeaf: boolean }) {
  const started = Promise.withResolvers<void>();
  const reported = Promise.withResolvers<void>();
  const work = task('work', async ({ signal }: TaskContext) => {
    started.resolve();
    const aborted = new Promise<never>((_, reject) => {
      if (!isDeaf) signal.addEventListener('abort', () => reject(signal.reason as Error));
    });
    await Promise.race([reported.promise, aborted]);
    return 7;
  });
  const note = (name: string) => (): void => void hooks.push(name);
  const options = { name: 'held', onCompletion: note('completed'), onCancellation: note('cancelled') };
  const body: Body = { started: started.promise, end: reported.resolve };
  return { body, definition: flow(options, async () => await work()).with({ idempotencyKey: 'once' }) };
}

async function pair(file: string, hooks: string[], isDeaf: boolean) {
  const [here, there] = [open(file, 200), open(file, 200)];
  const { body, definition } = keyed(hooks, { isDeaf });
  const holder = await withRuntime(here, () => definition.start());
  await body.started;
  const joined = await withRuntime(there, () => definition.start());
  expect(joined.id).toBe(holder.id);
  const record = async () => await (await here.ledger()).runs.flowRun(holder.id);
  const close = async (): Promise<void> => {
    await here.close();
    await there.close();
  };
  return { holder, joined, body, record, close };
}

test.each([false, true])('cancel() by one that joined: the holder stops it (its body is deaf: %s)', async (isDeaf) => {
  const hooks: string[] = [];
  const { holder, joined, record, close, body } = await pair(`cancel-${isDeaf}.db`, hooks, isDeaf);
  await joined.cancel('no longer wanted');
  expect((await record())?.state).toMatchObject({ name: 'Cancelled', message: 'no longer wanted' });
  for (const handle of [holder, joined]) {
    expect((await handle.state()).name).toBe('Cancelled');
    await expect(handle.result()).rejects.toThrow('no longer wanted');
  }
  expect(hooks).toEqual(['cancelled']);
  body.end();
  await close();
});

test('cancel() by one that joined, while it completes: both say what is recorded', { timeout: 60_000 }, async () => {
  const ends = new Set<string>();
  for (let round = 0; round < 12; round += 1) {
    const hooks: string[] = [];
    const { holder, joined, record, close, body } = await pair(`race-${round}.db`, hooks, false);
    const cancelling = joined.cancel();
    // sleep: each round ends the body at another moment of the cancellation
    await wait(round);
    body.end();
    await cancelling;
    await holder.result().catch(() => {});
    const name = (await record())?.state.name ?? '';
    ends.add(name);
    expect([(await holder.state()).name, (await joined.state()).name]).toEqual([name, name]);
    expect(hooks).toEqual([name.toLowerCase()]);
    await close();
  }
  for (const end of ends) expect(['Completed', 'Cancelled']).toContain(end);
});
