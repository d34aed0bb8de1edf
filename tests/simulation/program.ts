/**
 * The flows and tasks of the simulation: they do what a plan says, and tell the effects ledger. Which simulation they
 * belong to is a matter of the moment: one runs at a time.
 */
import {
  concurrency,
  context,
  flow,
  logger,
  sleep,
  step,
  task,
  type TaskContext,
  waitForSignal,
} from '@millrace/engine';
import type { Effects } from './effects.ts';
import { madeIn, type Made, type Node, type Plan } from './plan.ts';
import type { World } from './world.ts';

/** What bodies need of the simulation that runs now. */
export interface Stage {
  readonly world: World;
  readonly effects: Effects;
}

const stage: { current: Stage | null } = { current: null };

export function enterStage(next: Stage | null): void {
  stage.current = next;
}

function now(): Stage {
  if (stage.current === null) throw new Error('no simulation runs');
  return stage.current;
}

interface Work {
  readonly workMs: number;
  readonly failures: number;
  readonly isLasting: boolean;
}

/** A body's own time, which ends early when it is aborted. */
function spend(workMs: number, signal: AbortSignal): Promise<void> {
  const { world } = now();
  const owner = world.current;
  if (workMs === 0) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      timer.cancel();
      reject(signal.reason);
    };
    const timer = world.schedule(owner, workMs, {
      label: 'has worked',
      run: () => {
        signal.removeEventListener('abort', stop);
        resolve();
      },
    });
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}

function begin(call: string, { attempt, flowRun }: TaskContext, isOneOfEqual = false): string {
  const token = now().effects.begin({ flowRunId: flowRun?.id ?? '', call, attempt, isOneOfEqual });
  logger().info(`${call} ${token}`);
  return token;
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
    const left = now().effects.compute(key, token);
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
    const left = now().effects.enter(name, token);
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
    for (const made of madeIn(value)) if (node.kind !== 'step') now().effects.shown(flowRunId, made);
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

/** All at once, in another order at each execution: children are found by what they are, not by when they were called. */
async function runAll(nodes: readonly Node[]): Promise<unknown> {
  const { random } = now().world;
  const order = random.shuffled(nodes.map((_, index) => index));
  const values: unknown[] = [];
  await Promise.all(
    order.map(async (index) => {
      const node = nodes[index];
      if (node !== undefined) values[index] = await runNode(node);
    }),
  );
  return values;
}

/** Code that changed its mind between two executions. */
async function runMaybe(node: Extract<Node, { kind: 'maybe' }>): Promise<null> {
  if (now().world.random.chance(0.5)) {
    await work(node.call, { workMs: node.workMs, failures: 0, isLasting: false });
  }
  return null;
}
