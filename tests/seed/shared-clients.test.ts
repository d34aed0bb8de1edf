/**
 * The class of the seed's bug: what is made in a flow is shared by everything below it, as all of it runs on one loop. A
 * client, a pool and a mutex, 1,000 mapped tasks in nested flows, no error, one set of sockets.
 */
import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { flow, task, unmapped } from 'millrace';
import pg from 'pg';
import { expect, inject, test } from 'vitest';
import { MemoryEngine } from '../laws/in-memory-engine.ts';

class Mutex {
  #last: Promise<void> = Promise.resolve();
  async run<T>(body: () => Promise<T>): Promise<T> {
    const before = this.#last;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#last = promise;
    await before;
    try {
      return await body();
    } finally {
      resolve();
    }
  }
}

function get(agent: Agent, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const call = request({ agent, port, host: '127.0.0.1' }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
    });
    call.on('error', reject);
    call.end();
  });
}

test('a client, a pool and a mutex made in a flow are shared by 1,000 mapped tasks in nested flows', async () => {
  await using memory = new MemoryEngine();
  const sockets = new Set<unknown>();
  const server = createServer((_, response) => response.end('ok'));
  server.on('connection', (socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const postgresUrl = inject('postgresUrl');
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  const pool = postgresUrl === '' ? null : new pg.Pool({ connectionString: postgresUrl, max: 4 });
  const mutex = new Mutex();
  let counter = 0;
  interface Shared {
    readonly agent: Agent;
    readonly pool: pg.Pool | null;
    readonly mutex: Mutex;
  }
  const work = task('work', async (n: number, shared: Shared) => {
    const status = await get(shared.agent, port);
    const rows = await shared.pool?.query<{ n: number }>('select $1::int as n', [n]);
    await shared.mutex.run(async () => {
      const before = counter;
      await Promise.resolve();
      counter = before + 1;
    });
    return status === 200 ? (rows?.rows[0]?.n ?? n) : -1;
  });
  const inner = flow('inner', async (start: number, shared: Shared) => {
    const values = await work.map(
      Array.from({ length: 100 }, (_, i) => start + i),
      unmapped(shared),
    );
    return values.reduce((a, b) => a + b, 0);
  });
  const branch = task('branch', async (start: number, shared: Shared) => await inner(start, shared));
  const outer = flow('outer', async () => {
    const shared: Shared = { agent, pool, mutex };
    const sums = await branch.map(
      Array.from({ length: 10 }, (_, i) => i * 100),
      unmapped(shared),
    );
    return sums.reduce((a, b) => a + b, 0);
  });
  try {
    expect(await memory.run(() => outer())).toBe((1_000 * 999) / 2);
    expect(counter).toBe(1_000);
    expect(sockets.size).toBeLessThanOrEqual(4);
  } finally {
    agent.destroy();
    await pool?.end();
    server.close();
  }
});
