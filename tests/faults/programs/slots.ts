/**
 * Flows under limits. `slots.ts hold` takes the only slot of `db`, or runs under the only slot of the tag `db` with LIMIT=tag, says
 * so and never gives it back; `slots.ts wait` waits for it, and says for how long.
 */
import './short-lease.ts';
import { concurrency, concurrencyLimit, flow, task } from 'millrace';

const [, , mode] = process.argv;
const isTag = process.env['LIMIT'] === 'tag';
const held = new Promise<never>(() => {});

async function inside(): Promise<void> {
  console.log('inside');
  if (mode === 'hold') await held;
}

const tagged = task({ name: 'tagged', tags: ['db'] }, inside);
const limited = flow('limited', async () => (isTag ? await tagged() : await concurrency('db', inside)));

await concurrencyLimit.set(isTag ? 'tag:db' : 'db', { limit: 1 });
console.log('ready');
const startedAt = Date.now();
await limited();
console.log(`waited ${Date.now() - startedAt}`);
