/**
 * Calls that nothing but their order tells apart: side by side after waits of another length at each execution, where the
 * async stack shows their branches and where it doesn't, and one after another in helpers. Each body says which call it was of.
 */
import { context, flow, scope, sleep, step, task, type TaskContext } from '@millrace/engine';
import { AsyncResource } from 'node:async_hooks';
import { begin, onStage, spend } from './stage.ts';
import { type Made, type Node, positionIn } from './plan.ts';

type Branches = Extract<Node, { kind: 'branches' }>;
type Loop = Extract<Node, { kind: 'loop' }>;

/** The longest wait before a call: longer than most bodies work. */
const WAIT_MAX_MS = 400;

const visit = task('visit', async (_call: string, nameOf: () => string, workMs: number, ctx: TaskContext) => {
  const call = nameOf();
  const token = begin(call, ctx, true);
  await spend(workMs, ctx.signal);
  return { call, token };
});

const visited = flow({ name: 'visited', crashRetries: 1_000 }, async (): Promise<Made> => {
  const call = 'visited';
  const token = begin(call, context(), true);
  await spend(20, context().signal);
  return { call, token };
});

/** Waits as a body does that asks another service, nothing of which is recorded; and sleeps, which is. */
async function wait({ sleepMs }: Branches | Loop): Promise<void> {
  const { world } = onStage();
  await world.pause(world.current, world.random.between(1, WAIT_MAX_MS), 'has waited');
  if (sleepMs > 0) await sleep(sleepMs);
}

/** One call, which its position alone tells from the others: what it gives is its own at every execution. */
async function callAt(node: Branches | Loop, position: string, isKeyed: boolean): Promise<Made> {
  const flowRunId = context().flowRun?.id ?? '';
  const made = await called(node, position, isKeyed ? { key: position } : {});
  onStage().effects.gave({ flowRunId, position, token: made.token });
  return made;
}

function called(
  { calls, call, workMs }: Branches | Loop,
  position: string,
  options: { readonly key?: string },
): PromiseLike<Made> {
  switch (calls) {
    case 'step':
      return step(
        `visit-${call}`,
        async () => {
          const token = begin(position, context(), true);
          await spend(workMs, context().signal);
          return { call: position, token };
        },
        options,
      );
    case 'task':
      // A function has no hash: it tells no calls apart.
      return visit.with(options)(call, () => position, workMs);
    case 'flow':
      return visited.with(options)();
  }
}

export async function runBranches(node: Branches): Promise<readonly (readonly Made[])[]> {
  const branch = async (index: number): Promise<readonly Made[]> => {
    const made: Made[] = [];
    for (let turn = 0; turn < node.each; turn += 1) {
      // All in one turn, or all after waits: which branch makes a call before it first waits can't be seen.
      if (turn > 0 || node.by !== 'turn') await wait(node);
      made.push(await callAt(node, positionIn(node.call, { index, turn }), node.isKeyed));
    }
    return made;
  };
  const indexes = Array.from({ length: node.count }, (_, index) => index);
  switch (node.by) {
    case 'turn':
    case 'all':
      return await Promise.all(indexes.map(async (index) => await branch(index)));
    case 'timer':
      return await Promise.all(indexes.map((index) => fromTimer(() => branch(index))));
    case 'queue': {
      const limited = queue(2);
      return await Promise.all(indexes.map((index) => limited(() => branch(index))));
    }
  }
}

/** Its calls are awaited by nothing that leads to the body. */
function fromTimer<T>(job: () => Promise<T>): Promise<T> {
  const { world } = onStage();
  return new Promise((resolve, reject) => {
    const run = AsyncResource.bind(() => void job().then(resolve, reject));
    world.schedule(world.current, world.random.between(1, WAIT_MAX_MS), { label: 'calls back', run });
  });
}

/** A queue such as p-limit's: a job is begun by the end of another. */
function queue(limit: number): <T>(job: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let active = 0;
  const next = (): void => {
    if (active >= limit) return;
    const job = waiting.shift();
    if (job === undefined) return;
    active += 1;
    job();
  };
  return (job) =>
    new Promise((resolve, reject) => {
      waiting.push(() => {
        void job()
          .then(resolve, reject)
          .finally(() => {
            active -= 1;
            next();
          });
      });
      next();
    });
}

/** Sequential, however it is written: never refused. */
export async function runLoop(node: Loop): Promise<readonly Made[]> {
  const helper = async (position: string): Promise<Made> => {
    await wait(node);
    return await callAt(node, position, false);
  };
  const returned = (position: string): Promise<Made> => wait(node).then(() => helper(position));
  const deep = async (depth: number, position: string): Promise<Made> =>
    depth === 0 ? await helper(position) : await deep(depth - 1, position);
  const made: Made[] = [];
  for (let index = 0; index < node.count; index += 1) {
    const position = positionIn(node.call, { index, turn: 0 });
    if (node.by === 'helper') made.push(await helper(position));
    else if (node.by === 'returned') made.push(await returned(position));
    else if (node.by === 'deep') made.push(await deep(30, position));
    else made.push(await scope(async () => await helper(position)));
  }
  return made;
}
