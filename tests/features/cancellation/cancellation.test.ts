/** A run can be cancelled wherever it waits: it ends at once, its body never begins, and nothing of it stays held. */
import { concurrency, concurrencyLimit, concurrent, flow, inputs, race, type Task, task } from 'millrace';
import { expect, test } from 'vitest';
import { MemoryEngine } from '../../laws/in-memory-engine.ts';

const turns = async (count: number): Promise<void> => {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

type Body = (label: string, context: { readonly signal: AbortSignal }) => Promise<void>;

const untilAborted: Body = async (_label, { signal }) => {
  await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
};

/** Starts two runs, of which the second waits for what the first has, and cancels the second. */
async function cancelSecond(work: Task<[string], void>, labels: readonly [string, string]): Promise<void> {
  const first = work.submit(labels[0]);
  await turns(100);
  const second = work.submit(labels[1]);
  await turns(100);
  await second.cancel('not wanted');
  await second.wait();
  expect(second.state.toString()).toBe('Cancelled("not wanted")');
  expect(first.state.type).toBe('RUNNING');
  await first.cancel('the test is over');
  await first.wait();
}

async function inFlow(body: () => Promise<void>, runner = concurrent()): Promise<MemoryEngine> {
  const memory = new MemoryEngine();
  await memory.run(() => flow({ name: 'cancelling', unobserved: 'ignore', runner }, body)());
  return memory;
}

test('while it waits for a place', async () => {
  const started: string[] = [];
  const work = task('work', async (label: string, context: { readonly signal: AbortSignal }) => {
    started.push(label);
    await untilAborted(label, context);
  });
  await using _memory = await inFlow(() => cancelSecond(work, ['first', 'second']), concurrent({ limit: 1 }));
  expect(started).toEqual(['first']);
});

test('while it waits for its turn in a map', async () => {
  const started: string[] = [];
  const work = task('work', async (label: string, context: { readonly signal: AbortSignal }) => {
    started.push(label);
    await untilAborted(label, context);
  });
  const body = async (): Promise<void> => {
    const [first, second, third] = work.map(['first', 'second', 'third']);
    await turns(100);
    await third?.cancel('not wanted');
    await third?.wait();
    expect(third?.state.toString()).toBe('Cancelled("not wanted")');
    expect(first?.state.type).toBe('RUNNING');
    await second?.cancel('nor this');
    await second?.wait();
    await first?.cancel('the test is over');
  };
  await using _memory = await inFlow(body, concurrent({ limit: 1 }));
  expect(started).toEqual(['first']);
});

test('while it waits for an input', async () => {
  const source = task('source', untilAborted);
  const work = task('work', async (label: string | undefined) => label);
  const body = async (): Promise<void> => {
    const input = source.submit('input');
    const waiting = work.submit(input as unknown as string);
    await turns(100);
    await waiting.cancel('not wanted');
    await waiting.wait();
    expect(waiting.state.toString()).toBe('Cancelled("not wanted")');
    expect(input.state.type).toBe('RUNNING');
    await input.cancel('the test is over');
  };
  await using _memory = await inFlow(body);
});

test('while it waits for a slot, which it does not hold afterwards', async () => {
  const started: string[] = [];
  const work = task('work', (label: string, context: { readonly signal: AbortSignal }) =>
    concurrency('one', async () => {
      started.push(label);
      await untilAborted(label, context);
    }),
  );
  await using memory = await inFlow(async () => {
    await concurrencyLimit.set('one', { limit: 1 });
    await cancelSecond(work, ['first', 'second']);
  });
  expect(started).toEqual(['first']);
  expect((await memory.run(() => concurrencyLimit.get('one')))?.occupied).toBe(0);
});

test('while another run computes its cache key', async () => {
  let computed = 0;
  const work = task(
    { name: 'work', cache: inputs() },
    async (label: string, context: { readonly signal: AbortSignal }) => {
      computed += 1;
      await untilAborted(label, context);
    },
  );
  await using _memory = await inFlow(() => cancelSecond(work, ['same', 'same']));
  expect(computed).toBe(1);
});

test('while it waits for its next attempt', async () => {
  let attempts = 0;
  const work = task({ name: 'work', retries: 3, retryDelay: '1h' }, () => {
    attempts += 1;
    throw new Error('not yet');
  });
  const body = async (): Promise<void> => {
    const waiting = work.submit();
    while (waiting.state.name !== 'AwaitingRetry') await turns(1);
    await waiting.cancel('not wanted');
    await waiting.wait();
    expect(waiting.state.toString()).toBe('Cancelled("not wanted")');
  };
  await using memory = await inFlow(body);
  expect(attempts).toBe(1);
  expect((await memory.taskRuns()).map(({ state }) => state.type)).toEqual(['CANCELLED']);
});

test('a flow run that waits for the limit of its flow', async () => {
  let bodies = 0;
  const endless = task('endless', untilAborted);
  const child = flow({ name: 'child', concurrency: 1 }, async () => {
    bodies += 1;
    await endless('child');
  });
  const body = async (): Promise<void> => {
    const first = child.submit();
    while (bodies === 0) await turns(1);
    const second = child.submit();
    while (second.state.name !== 'AwaitingConcurrencySlot') await turns(1);
    await second.cancel('not wanted');
    await second.wait();
    expect(second.state.toString()).toBe('Cancelled("not wanted")');
    expect(first.state.type).toBe('RUNNING');
    await first.cancel('the test is over');
  };
  await using _memory = await inFlow(body);
  expect(bodies).toBe(1);
});

test('the losers of a race, whatever they wait for; the body that waits for the first gives its place back', async () => {
  const endless = task('endless', untilAborted);
  const quick = task('quick', async () => 'won');
  const racing = task('racing', () => race([endless.submit('loser'), quick.submit()]));
  await using memory = new MemoryEngine();
  const runner = concurrent({ limit: 2 });
  expect(await memory.run(() => flow({ name: 'racing', runner }, () => racing())())).toBe('won');
});

test('everything that a throwing body left waiting', async () => {
  const started: string[] = [];
  const work = task('work', async (label: string, context: { readonly signal: AbortSignal }) => {
    started.push(label);
    await untilAborted(label, context);
  });
  await using memory = new MemoryEngine();
  const failing = flow({ name: 'failing', runner: concurrent({ limit: 1 }) }, async () => {
    work.map(['a', 'b', 'c']);
    await turns(50);
    throw new Error('the body');
  });
  await expect(memory.run(() => failing())).rejects.toThrow('the body');
  expect(started).toEqual(['a']);
});
