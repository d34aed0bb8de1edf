/** Bodies that run in workers and start runs of their own: what they call runs in the process that called them. */
import { threadId } from 'node:worker_threads';
import {
  allowFailure,
  artifact,
  concurrency,
  context,
  flow,
  logger,
  race,
  scope,
  sleep,
  step,
  tags,
  task,
  transaction,
  variable,
  waitForSignal,
} from 'millrace';

/** Ends, and leaves a step at work that its run has abandoned. */
export const leavesStray = task('leaves-stray', async () => {
  await step({ name: 'stuck', timeout: 30 }, () => new Promise(() => {})).catch(() => {});
});
export const sandbox = task('place', (_: unknown) => ({ pid: process.pid, threadId }));
export const double = task('double', async (n: number) => n * 2);
export const numbers = task('numbers', () => [7, 8]);
export const sum = task('sum', (list: readonly number[]) => list.reduce((a, b) => a + b, 0));
export const broken = task('broken', (what: string) => {
  throw new RangeError(`broken ${what}`);
});
export const flaky = task({ name: 'flaky', retries: 0 }, () => {
  if (context().attempt < 3) throw new Error('not yet');
  return context().attempt;
});
export const inner = flow('inner', async (n: number) => (await double(n)) + 1);
export const waits = task('waits', async (ms: number) => {
  await new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    context().signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve(undefined);
    });
  });
  return ms;
});

/** Each form of a call. */
export const forms = task('forms', async () => {
  const here = { pid: process.pid, threadId };
  const submitted = double.submit(4);
  const list = double.map([1, 2, 3]);
  const completed: number[] = [];
  for await (const future of double.map([5, 6]).asCompleted()) completed.push(await future.result());
  return {
    here,
    there: await sandbox(0),
    value: await double(21),
    flow: await inner(5),
    submitted: await submitted,
    state: (await double.state(8)).result(),
    list: await list,
    ofFutures: await sum(list),
    length: list.length,
    all: await Promise.all(list),
    completed: completed.toSorted((a, b) => a - b),
    chained: await double(double.submit(1)),
    overFuture: await double.map(numbers.submit()),
    options: await flaky.with({ retries: 3, retryDelay: 1 })(),
  };
});

export const failures = task('failures', async () => {
  const caught: unknown = await broken('once').catch((error: unknown) => error);
  const asValue = await broken.submit('twice').result({ raise: false });
  const state = await broken.state('thrice');
  const tolerated = await describe(allowFailure(broken.submit('four')));
  return [
    caught instanceof RangeError && caught.message,
    asValue instanceof RangeError && asValue.message,
    `${state.type} ${state.name}`,
    tolerated,
  ];
});
export const describe = task('describe', (state: { readonly name: string } | number) =>
  typeof state === 'number' ? 'a number' : state.name,
);
export const passesOn = task('passes-on', async () => await broken('on'));
export const unobserved = task('unobserved', async () => {
  broken.submit('unseen');
  return 'returned';
});
export const leaves = task('leaves', () => {
  void waits(100);
  void step('left-step', async () => {
    await new Promise((resolve) => setTimeout(resolve, 100));
    return 'stepped';
  });
  return 'left';
});

export const blocks = task('blocks', async () => {
  const stamped = await step('stamp', () => ({ threadId, run: context().taskRun?.definitionName }));
  const limited = await concurrency('two', async () => (await double(1)) + threadId * 0);
  const scoped = await scope(async () => {
    double.submit(2);
    return new Map([['kept', () => 'as it is']]);
  });
  const keyed = await transaction({ key: 'once' }, async (tx) => {
    tx.set('rows', [1, 2]);
    return tx.get<number[]>('rows').length + (await double(2));
  });
  const again = await transaction({ key: 'once' }, () => 'not called');
  await variable.set('region', { eu: 1 }, { overwrite: true });
  await artifact.markdown({ key: 'report', markdown: '# Done' });
  await sleep(5);
  const tagged = await tags('nightly', () => ownTags());
  const winner = await race([waits.submit(10_000), double.submit(50)]);
  logger().info('after all');
  return {
    stamped: stamped.threadId === threadId && stamped.run,
    limited,
    scoped: scoped.get('kept')?.(),
    keyed,
    again,
    variable: await variable.get('region'),
    tagged,
    winner,
  };
});
export const ownTags = task('own-tags', () => [...context().tags]);

export const scopeFails = task('scope-fails', async () => {
  const error: unknown = await scope(async () => {
    broken.submit('inside');
    waits.submit(60_000);
  }).catch((reason: unknown) => reason);
  const own = new TypeError('mine');
  const thrown: unknown = await concurrency('two', () => {
    throw own;
  }).catch((reason: unknown) => reason);
  return [error instanceof RangeError, thrown === own];
});

export const signalled = task('signalled', async () => {
  const schema = {
    '~standard': {
      version: 1 as const,
      vendor: 'test',
      validate: (value: unknown) =>
        typeof value === 'number' ? { value: value + 1 } : { issues: [{ message: 'a number, please' }] },
    },
  };
  return await waitForSignal('go', { schema, timeout: '30s' });
});

export const closures = task('closures', async () => {
  const factor = 3;
  const local = task({ name: 'local', retries: 1 }, (n: number) => {
    if (context().attempt < 2) throw new Error('again');
    return n * factor;
  });
  return await local.map([1, 2]);
});
export const badOption = task('bad-option', async () => await double.with({ retryWhen: () => true, retries: 1 })(1));
export const badArgument = task('bad-argument', async () => await describe({ name: (() => 'x') as never }));

export const badUnseen = task('bad-unseen', async () => {
  await scope(() => {
    describe.submit({ name: (() => 'x') as never });
  });
});

export const nest = task(
  'nest',
  async (depth: number): Promise<number> => (depth === 0 ? 0 : 1 + (await nest(depth - 1))),
);
export const cancels = task('cancels', async () => {
  const future = waits.submit(60_000);
  future.cancel('enough');
  return (await future.wait()).name;
});
export const holds = task('holds', async () => {
  await concurrency('held', () => {
    process.kill(process.pid, 'SIGKILL');
  });
});
export const takes = task('takes', async () => await concurrency('held', { timeout: '5s' }, () => 'taken'));
export const naps = task('naps', async () => {
  const before = await step('before', () => process.hrtime.bigint());
  await sleep(400);
  return [before, threadId] as const;
});
export const prints = task({ name: 'prints', logPrints: true }, async () => {
  console.log('printed %d', 1);
  await step({ name: 'inner', logPrints: false }, () => console.log('not recorded'));
  return 'ok';
});
export const yields = task('yields', async function* () {
  yield 1;
  while ((await variable.get('seen')) !== true) await new Promise((resolve) => setTimeout(resolve, 5));
  yield double.submit(1);
});
export const endless = task('endless', function* () {
  for (let n = 0; ; n += 1) yield n;
});
export const reasons = task('reasons', async () => {
  const { signal } = context();
  const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  await variable.set('begun', true);
  await aborted;
  await variable.set('reason', (signal.reason as Error).constructor.name, { overwrite: true });
});
