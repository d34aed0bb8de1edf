/** One limit a process: see ../limits.ts. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { report } from '../case.ts';

const name = process.argv[2];
const importedAt = performance.now();
const { flow, sleep, task } = await import('millrace');
const importMs = performance.now() - importedAt;

const inc = task('inc', async (n: number) => n + 1);
const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const megabytes = (bytes: number): number => bytes / 1e6;
const reportValue = (value: number): void => report({ value, rssMb: Math.round(megabytes(process.memoryUsage.rss())) });

const wide = flow('wide', async (count: number) => (await inc.map(numbers(count))).length);
const kept = flow('kept', async (isLeft: boolean) => {
  const values = await inc.map(numbers(10_000));
  if (isLeft) process.kill(process.pid, 'SIGKILL');
  return values.length;
});
const waiting = flow('asleep', async (n: number) => {
  await sleep('1h');
  return n;
});

/** The best of ten of each: a busy machine slows both alike. */
function helpTime(): number {
  const bin = fileURLToPath(new URL('../../packages/millrace/bin/millrace.js', import.meta.url));
  const best = (args: readonly string[]): number =>
    Math.min(
      ...numbers(10).map(() => {
        const startedAt = performance.now();
        execFileSync(process.execPath, args, { stdio: 'ignore' });
        return performance.now() - startedAt;
      }),
    );
  return best([bin, '--help']) - best(['--eval', '0']);
}

async function evenness(): Promise<number> {
  const took: number[] = [];
  await flow('even', async () => {
    for (let index = 0; index < 50_000; index += 1) {
      const startedAt = performance.now();
      await inc(index);
      took.push(performance.now() - startedAt);
    }
  })();
  const p99 = (part: readonly number[]): number => part.toSorted((a, b) => a - b)[Math.floor(part.length * 0.99)] ?? 0;
  return p99(took.slice(-1_000)) / p99(took.slice(50, 1_050));
}

async function sequenceGrowth(): Promise<number> {
  let early = 0;
  let late = 0;
  await flow('sequence', async () => {
    for (let index = 0; index < 1_000_000; index += 1) {
      await inc(index);
      if (index === 100_000) early = process.memoryUsage.rss();
      if (index === 999_999) late = process.memoryUsage.rss();
    }
  })();
  return megabytes(late - early);
}

async function sleepers(): Promise<number> {
  for (let block = 0; block < 10; block += 1)
    await Promise.all(numbers(1_000).map((n) => waiting.start(block * 1_000 + n)));
  await new Promise((resolve) => setTimeout(resolve, 15_000));
  globalThis.gc?.();
  return megabytes(process.memoryUsage.rss());
}

switch (name) {
  case 'import':
    reportValue(importMs);
    break;
  case 'help':
    reportValue(helpTime());
    break;
  case 'evenness':
    process.env.MILLRACE_DURABILITY = 'process';
    reportValue(await evenness());
    break;
  case 'wide':
    await wide(1_000_000);
    reportValue(megabytes(process.memoryUsage().heapUsed));
    break;
  case 'sequence':
    process.env.MILLRACE_DURABILITY = 'process';
    reportValue(await sequenceGrowth());
    break;
  case 'asleep':
    reportValue(await sleepers());
    break;
  case 'leave':
    await (await kept.with({ idempotencyKey: 'kept' }).start(true)).result();
    break;
  case 'take-up': {
    const startedAt = performance.now();
    const handle = await kept.with({ idempotencyKey: 'kept' }).start(false);
    await handle.result();
    reportValue(performance.now() - startedAt);
    break;
  }
  case 'fill':
    await wide(10_000);
    reportValue(0);
    break;
  default:
    throw new Error(`No limit '${String(name)}'.`);
}
