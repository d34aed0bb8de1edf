/** Serving within one process: any number of calls side by side, each with its own limit on the bodies at work. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withRuntime } from '@millrace/engine/internal';
import { openEngine } from '@millrace/local';
import { openStore } from '@millrace/store';
import { flow, serve, sleep, step } from 'millrace';
import { afterAll, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'millrace-serving-'));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;

const open = (file: string, idleTreesMax: number): ReturnType<typeof openEngine> =>
  openEngine({
    settings: { databaseUrl: `sqlite:///${join(folder, file)}` },
    engine: { print: () => {}, parkAfterMs: 5, pollMs: 20, idleTreesMax },
  });

const served = async (file: string) => ({ store: await openStore({ url: `sqlite:///${join(folder, file)}` }) });

const woken: string[] = [];
const long = flow('long', async (file: string) => {
  await sleep(100);
  await step('woken', () => void woken.push(file));
  await sleep('1h');
});
const short = flow('short', async (file: string) => {
  await sleep(100);
  await step('woken', () => void woken.push(file));
});

/** A database in which runs of these flows sleep, owned by no session. */
async function leftWaiting(starts: (file: string) => readonly (() => Promise<unknown>)[]): Promise<string> {
  files += 1;
  const file = `${files}.db`;
  const engine = open(file, 0);
  await withRuntime(engine, () => Promise.all(starts(file).map((start) => start())));
  await engine.close();
  return file;
}

test.each([0, 100])('a run that sleeps leaves its place to the next (%i kept in memory)', async (idleTreesMax) => {
  const file = await leftWaiting((name) => [() => long.start(name), () => long.start(name)]);
  const engine = open(file, idleTreesMax);
  const stop = new AbortController();
  const serving = withRuntime(engine, () => serve(long, { limit: 1, signal: stop.signal }));
  await expect.poll(() => woken.filter((name) => name === file).length, { timeout: 5_000 }).toBe(2);
  stop.abort();
  await serving;
  await engine.close();
});

test('two calls side by side each serve their flow, and each ends when it is told to', async () => {
  const file = await leftWaiting((name) => [() => long.start(name), () => short.start(name)]);
  const engine = open(file, 0);
  const [one, two] = [new AbortController(), new AbortController()];
  const first = withRuntime(engine, () => serve(long, { signal: one.signal }));
  const second = withRuntime(engine, () => serve(short, { signal: two.signal }));
  await expect.poll(() => woken.filter((name) => name === file).length, { timeout: 5_000 }).toBe(2);
  one.abort();
  await first;
  two.abort();
  await second;
  await engine.close();
});

test('who serves no more says so: others may tell what became of the runs', async () => {
  const file = await leftWaiting(() => []);
  const engine = open(file, 0);
  const stop = new AbortController();
  const serving = withRuntime(engine, () => serve(short, { signal: stop.signal }));
  const { store } = await served(file);
  await expect
    .poll(async () => (await store.read(({ sessions }) => sessions.live())).flatMap(({ serves }) => serves))
    .toContain('short');
  stop.abort();
  await serving;
  expect((await store.read(({ sessions }) => sessions.live())).flatMap(({ serves }) => serves)).toEqual([]);
  await store.close();
  await engine.close();
});

test('a run that a serving process took up and that fails is printed when it fails, once', async () => {
  const broken = flow('broken', async () => {
    await sleep(100);
    throw new Error('gone wrong');
  });
  const file = await leftWaiting(() => [() => broken.start()]);
  const lines: string[] = [];
  const engine = openEngine({
    settings: { databaseUrl: `sqlite:///${join(folder, file)}` },
    engine: { print: ({ subject, text }) => void lines.push(`${subject} - ${text}`), pollMs: 20 },
  });
  const stop = new AbortController();
  const serving = withRuntime(engine, () => serve(broken, { signal: stop.signal }));
  await expect.poll(() => lines, { timeout: 10_000 }).not.toEqual([]);
  stop.abort();
  await serving;
  await engine.close();
  expect(lines).toEqual([expect.stringMatching(/^Flow run '.*' - failed: Error: gone wrong$/)]);
});
