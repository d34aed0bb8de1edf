/**
 * The flows and tasks of the simulation: they do what a plan says, and report to the effects ledger.
 */
import { concurrency, context, flow, sleep, step, task, type TaskContext, waitForSignal } from '@millrace/engine';
import { runBranches, runLoop } from './branches.ts';
import { madeIn, type Made, type Node, type Plan } from './plan.ts';
import { begin, onStage, spend } from './stage.ts';

interface Work {
  readonly workMs: number;
  readonly failures: number;
  readonly isLasting: boolean;
}

function failIfPlanned(call: string, { failures, isLasting }: Work, attempt: number): void {
  if (isLasting || attempt <= failures) throw new Error(`planned failure of ${call}`);
}

const work = task('work', async (call: string, plan: Work, ctx: TaskContext): Promise<Made> => {
  const token = begin(call, ctx);
  await spend(plan.workMs, ctx.signal);
  failIfPlanned(call, plan, ctx.attempt);
  return { call, token };
});

const equal = task('equal', async (call: string, workMs: number, ctx: TaskContext): Promise<Made> => {
  const token = begin(call, ctx, true);
  await spend(workMs, ctx.signal);
  return { call, token };
});

const cached = task(
  { name: 'cached', cacheKey: (_ctx, args) => String(args[1]) },
  async (call: string, key: string, workMs: number, ctx: TaskContext): Promise<Made> => {
    const token = begin(call, ctx);
    const left = onStage().effects.compute(key, token);
    try {
      await spend(workMs, ctx.signal);
    } finally {
      left();
    }
    return { call: key, token };
  },
);

const pressed = task('pressed', async (call: string, name: string, workMs: number, ctx: TaskContext): Promise<Made> => {
  const token = begin(call, ctx);
  await concurrency(name, async () => {
    const left = onStage().effects.enter(name, token);
    try {
      await spend(workMs, ctx.signal);
    } finally {
      left();
    }
  });
  return { call, token };
});

const tree = task(
  { name: 'tree', retries: 1 },
  async (call: string, plan: Work, ctx: TaskContext): Promise<readonly Made[]> => {
    const token = begin(call, ctx);
    const child = await work(`${call}c@${ctx.attempt}`, { workMs: plan.workMs, failures: 0, isLasting: false });
    failIfPlanned(call, plan, ctx.attempt);
    return [
      { call, token },
      { call: `${call}c`, token: child.token },
    ];
  },
);

export const program = flow({ name: 'program', crashRetries: 1_000 }, runPlan);
const nested = flow({ name: 'nested', crashRetries: 1_000 }, runPlan);

/** The flow of a plan, with its retries. */
export function flowOf<TFlow extends typeof program>(definition: TFlow, plan: Plan): TFlow {
  return plan.retries === 0 ? definition : (definition.with({ retries: plan.retries, retryDelay: 100 }) as TFlow);
}

async function runPlan(plan: Plan): Promise<unknown> {
  const values: unknown[] = [];
  for (const node of plan.nodes) values.push(await runNode(node));
  const { attempt } = context();
  if (plan.failures > plan.retries || attempt <= plan.failures) throw new Error('planned failure of a flow');
  return values;
}

/** Runs one node and checks that what it gave was committed before it was given. */
async function runNode(node: Node): Promise<unknown> {
  const flowRunId = context().flowRun?.id ?? '';
  const value = await givenBy(node);
  if (node.kind === 'task' || node.kind === 'step' || node.kind === 'limit' || node.kind === 'equal')
    for (const made of madeIn(value)) if (node.kind !== 'step') onStage().effects.shown(flowRunId, made);
  return value;
}

function givenBy(node: Node): Promise<unknown> {
  switch (node.kind) {
    case 'task':
      return runTask(node);
    case 'step':
      return step(`step-${node.call}`, async () => {
        const token = begin(node.call, context());
        await spend(node.workMs, context().signal);
        return { call: node.call, token };
      });
    case 'cached':
      return Promise.all(
        Array.from({ length: node.count }, (_, index) => cached(`${node.call}#${index}`, node.key, node.workMs)),
      );
    case 'map':
      return runMap(node);
    case 'equal':
      return Promise.all(Array.from({ length: node.count }, () => equal(node.call, node.workMs)));
    case 'tree':
      return tree(node.call, { workMs: node.workMs, failures: node.failures, isLasting: false }) as Promise<unknown>;
    case 'flow':
      return flowOf(nested, node.plan)(node.plan) as Promise<unknown>;
    case 'sleep':
      return runSleep(node.ms);
    case 'signal':
      return runSignals(node);
    case 'chain':
      return runChain(node);
    case 'all':
      return runAll(node.nodes);
    case 'limit':
      return Promise.all(
        Array.from({ length: node.count }, (_, index) => pressed(`${node.call}#${index}`, node.name, node.workMs)),
      );
    case 'caught':
      return work(node.call, { workMs: node.workMs, failures: 0, isLasting: true }).then(
        () => 'not caught',
        (error: unknown) => (String(error).includes('planned') ? 'caught' : Promise.reject(error)),
      );
    case 'maybe':
      return runMaybe(node);
    case 'branches':
      return runBranches(node);
    case 'loop':
      return runLoop(node);
  }
}

function runTask(node: Extract<Node, { kind: 'task' }>): Promise<unknown> {
  const isLasting = node.failures > node.retries;
  const options = {
    retries: node.retries,
    retryDelay: node.delayMs,
    ...(node.tag === null ? {} : { tags: [`tag:${node.tag}`] }),
  };
  const plan = { workMs: node.workMs, failures: node.failures, isLasting };
  return node.retries === 0 && node.tag === null ? work(node.call, plan) : work.with(options)(node.call, plan);
}

async function runMap(node: Extract<Node, { kind: 'map' }>): Promise<unknown> {
  const calls = Array.from({ length: node.count }, (_, index) => `${node.call}#${index}`);
  const futures = work.map(calls, { workMs: node.workMs, failures: 0, isLasting: false });
  return node.isAwaited ? await futures : null;
}

/** Each wait takes one signal of the name, and no two the same. */
async function runSignals(node: Extract<Node, { kind: 'signal' }>): Promise<unknown> {
  const taken: number[] = [];
  while (taken.length < node.payloads.length) taken.push(await waitForSignal<number>(node.name));
  return taken.sort((one, other) => one - other);
}

async function runChain(node: Extract<Node, { kind: 'chain' }>): Promise<unknown> {
  let last: unknown = null;
  for (let index = 0; index < node.count; index += 1)
    last = await work(`${node.call}-${index}`, { workMs: node.workMs, failures: 0, isLasting: false });
  return last;
}

/** A durable sleep ends no sooner than its time, over crashes too. */
async function runSleep(ms: number): Promise<null> {
  await sleep(ms);
  return null;
}

/**
 * All at once, begun in another order at each execution: children are found by what they are, not by when they were called. The position of
 * each among the awaited stays, because it tells equal calls in them apart.
 */
async function runAll(nodes: readonly Node[]): Promise<unknown> {
  const { random } = onStage().world;
  const started: Promise<unknown>[] = [];
  const all = async (node: Node): Promise<unknown> => await runNode(node);
  for (const index of random.shuffled(nodes.map((_, each) => each))) {
    const node = nodes[index];
    if (node !== undefined) started[index] = all(node);
  }
  return await Promise.all(started);
}

/** Code that changed its mind between two executions. */
async function runMaybe(node: Extract<Node, { kind: 'maybe' }>): Promise<null> {
  if (onStage().world.random.chance(0.5)) {
    await work(node.call, { workMs: node.workMs, failures: 0, isLasting: false });
  }
  return null;
}
