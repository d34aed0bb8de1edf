/** A web process that starts no run of its own lists, takes and withdraws orders that another process fulfils. */
import { join } from 'node:path';
import { withRuntime } from '@millrace/engine/internal';
import { openEngine } from '@millrace/local';
import { flow } from 'millrace';
import { expect } from 'vitest';
import { Program } from '../processes/program.ts';
import { onEachStore } from './on-each-store.ts';

const orders = join(import.meta.dirname, 'programs/orders.ts');

onEachStore('orders are enqueued, looked at, paid and withdrawn from a web process', async (sandbox) => {
  await using web = new Program(sandbox, orders, { arguments: ['web'] });
  await web.printed('listens');
  const port = /port (\d+)/.exec(web.stdout)?.[1];
  const ask = async <T>(path: string, method = 'GET'): Promise<T> =>
    (await (await fetch(`http://127.0.0.1:${port}${path}`, { method })).json()) as T;
  const { id } = await ask<{ id: string }>('/orders?item=tea', 'POST');
  expect(await ask<{ id: string }>('/orders?item=tea', 'POST')).toEqual({ id });
  expect(await ask(`/orders/${id}`)).toMatchObject({ type: 'PENDING', parameters: { item: 'tea' } });
  const other = await ask<{ id: string }>('/orders?item=ink', 'POST');
  await using server = new Program(sandbox, orders, { arguments: ['serve'] });
  const shown = () => ask<{ type: string; waiting?: { kind: string } | null; result?: unknown }>(`/orders/${id}`);
  await expect.poll(async () => (await shown()).waiting?.kind, { timeout: 30_000 }).toBe('signal');
  await ask(`/orders/${id}/pay`, 'POST');
  await expect.poll(async () => (await shown()).type, { timeout: 30_000 }).toBe('COMPLETED');
  expect((await shown()).result).toEqual({ reserved: `tea reserved by ${server.pid}`, by: 'ann' });
  await ask(`/orders/${other.id}`, 'DELETE');
  expect(await ask(`/orders/${other.id}`)).toMatchObject({ type: 'CANCELLED' });
  expect(await ask('/orders')).toEqual([other.id, id]);
  expect(await ask('/orders/01a22cc9-1e2a-774d-90cd-9082c3025882')).toBeNull();
});

onEachStore(
  'the same key with other parameters gives the recorded run, and a warning that names the difference',
  async (sandbox) => {
    const lines: string[] = [];
    const print = ({ text }: { readonly text: string }): void => void lines.push(text);
    const engine = openEngine({ settings: { databaseUrl: sandbox.url }, engine: { print } });
    const sums = flow('keyed-sums', async (n: number, note = 'x') => n + note.length);
    const start = (n: number, note?: string) =>
      withRuntime(engine, () => sums.with({ idempotencyKey: 'one' }).start(n, ...(note === undefined ? [] : [note])));
    const first = await start(1);
    expect(await first.result()).toBe(2);
    expect(await (await start(1)).result()).toBe(2);
    expect(lines).toEqual([]);
    expect((await start(2, 'secret '.repeat(20))).id).toBe(first.id);
    const enqueued = await withRuntime(engine, () => sums.with({ idempotencyKey: 'one' }).enqueue(3));
    expect(enqueued.id).toBe(first.id);
    await engine.close();
    expect(lines).toHaveLength(2);
    expect(lines[0]).toContain(`belongs to run ${first.id}`);
    expect(lines[0]).toContain('n: 1 recorded, 2 given');
    expect(lines[0]?.split('secret')).toHaveLength(4);
    expect(lines[1]).toContain('n: 1 recorded, 3 given');
  },
);
