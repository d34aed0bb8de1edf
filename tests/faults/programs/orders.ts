/**
 * A shop in two processes: `orders.ts serve` fulfils orders; `orders.ts web` takes them and reports them over HTTP, and neither
 * defines nor runs anything of a flow before it is asked.
 */
import { createServer } from 'node:http';
import { cancelRun, flow, getRun, listRuns, sendSignal, serve, step, waitForSignal } from 'millrace';

const order = flow('order', async (item: string) => {
  if (item === 'nothing') throw new RangeError('nothing to order');
  const reserved = await step('reserve', () => `${item} reserved by ${process.pid}`);
  const { by } = await waitForSignal<{ by: string }>('paid');
  return { reserved, by };
});

async function answer(method: string, url: URL): Promise<unknown> {
  const [, , id = '', verb] = url.pathname.split('/');
  const item = url.searchParams.get('item') ?? '';
  if (method === 'POST' && id === '')
    return { id: (await order.with({ idempotencyKey: `order-${item}` }).enqueue(item)).id };
  if (method === 'POST' && verb === 'pay') return await sendSignal(id, 'paid', { by: 'ann' });
  if (method === 'DELETE') return await cancelRun(id, { reason: 'withdrawn' });
  if (id === '') {
    const ids: string[] = [];
    for await (const run of listRuns({ flow: 'order', key: 'order-' })) ids.push(run.id);
    return ids;
  }
  const run = await getRun(id);
  if (run === undefined) return null;
  const { type } = await run.state();
  const { parameters, waiting } = run;
  if (type === 'COMPLETED') return { type, parameters, result: await run.result() };
  return { type, parameters, waiting };
}

if (process.argv[2] === 'serve') {
  const serving = serve(order);
  console.log('serving');
  await serving;
} else {
  const server = createServer((request, response) => {
    answer(request.method ?? 'GET', new URL(request.url ?? '/', 'http://shop')).then(
      (body) => response.end(JSON.stringify(body ?? null)),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    console.log(`port ${typeof address === 'object' ? address?.port : ''} listens`);
  });
}
