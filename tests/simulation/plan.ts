/**
 * Random programs, as data, and the outcome of each: the reference that the engine is held to. A plan is a flow's
 * parameter, so that any process that takes the run up knows what to do.
 */
import type { SeededRandom } from './seeded-random.ts';

export type Node =
  /** A task that fails `failures` times before it succeeds; more failures than retries fail it for good. */
  | {
      readonly kind: 'task';
      readonly call: string;
      readonly failures: number;
      readonly retries: number;
      readonly delayMs: number;
      readonly workMs: number;
      readonly tag: string | null;
    }
  | { readonly kind: 'step'; readonly call: string; readonly workMs: number }
  /** Calls side by side that share a cache key. */
  | {
      readonly kind: 'cached';
      readonly call: string;
      readonly key: string;
      readonly count: number;
      readonly workMs: number;
    }
  | {
      readonly kind: 'map';
      readonly call: string;
      readonly count: number;
      readonly workMs: number;
      readonly isAwaited: boolean;
    }
  /** Equal calls, which differ in their occurrence only. */
  | { readonly kind: 'equal'; readonly call: string; readonly count: number; readonly workMs: number }
  /** A task that calls a task. */
  | { readonly kind: 'tree'; readonly call: string; readonly failures: number; readonly workMs: number }
  | { readonly kind: 'flow'; readonly call: string; readonly plan: Plan }
  | { readonly kind: 'sleep'; readonly call: string; readonly ms: number }
  /** As many waits for one name as there are payloads. */
  | { readonly kind: 'signal'; readonly call: string; readonly name: string; readonly payloads: readonly number[] }
  | { readonly kind: 'all'; readonly nodes: readonly Node[] }
  /** Calls side by side that all want a slot. */
  | {
      readonly kind: 'limit';
      readonly call: string;
      readonly name: string;
      readonly count: number;
      readonly workMs: number;
    }
  /** Tasks one after the other: something to be cancelled in the middle of. */
  | { readonly kind: 'chain'; readonly call: string; readonly count: number; readonly workMs: number }
  /** A task that fails for good, its error caught. */
  | { readonly kind: 'caught'; readonly call: string; readonly workMs: number }
  /** Called in some executions only: its value is used by no caller. */
  | { readonly kind: 'maybe'; readonly call: string; readonly workMs: number }
  /** Equal calls in branches that come to them in another order at each execution. */
  | {
      readonly kind: 'branches';
      readonly call: string;
      readonly calls: Calls;
      readonly by: 'turn' | 'all' | 'timer' | 'queue';
      readonly count: number;
      /** Calls of each branch. */
      readonly each: number;
      readonly isKeyed: boolean;
      /** A durable sleep before each call; 0 = none. */
      readonly sleepMs: number;
      readonly workMs: number;
    }
  /** Equal calls one after another, in helpers that wait before they call. */
  | {
      readonly kind: 'loop';
      readonly call: string;
      readonly calls: Calls;
      readonly by: 'helper' | 'returned' | 'deep' | 'scope';
      readonly count: number;
      readonly sleepMs: number;
      readonly workMs: number;
    };

/** The kind of the equal calls. */
export type Calls = 'step' | 'task' | 'flow';

export interface Plan {
  readonly nodes: readonly Node[];
  /** The body fails this often after all its nodes; more than `retries` fails the run. */
  readonly failures: number;
  readonly retries: number;
}

/** The client's requests for a run. */
export interface Program {
  readonly key: string;
  readonly plan: Plan;
  readonly startAtMs: number;
  /** Started by two processes at about the same time. */
  readonly isStartedTwice: boolean;
  readonly cancelAtMs: number | null;
  /** When a client suspends the run; it resumes the run later. null = it does not. */
  readonly suspendAtMs: number | null;
}

export const limits: ReadonlyMap<string, number> = new Map([
  ['press', 1],
  ['oven', 2],
]);

export function randomProgram(random: SeededRandom, index: number): Program {
  const plan = randomPlan(random, { depth: 0, path: `p${index}` });
  const startAtMs = random.between(0, 4_000);
  const isStartedTwice = random.chance(0.25);
  const cancelAtMs = random.chance(0.2) ? random.between(300, 9_000) : null;
  const suspendAtMs = random.chance(0.2) ? random.between(300, 9_000) : null;
  // A known fault: a flow that is suspended between two of its attempts can use up a retry (docs/waiting.md).
  const isRetried = hasFailures(plan);
  return {
    key: `program-${index}`,
    plan,
    startAtMs,
    isStartedTwice,
    cancelAtMs,
    suspendAtMs: isRetried ? null : suspendAtMs,
  };
}

function hasFailures({ nodes, failures }: Plan): boolean {
  return failures > 0 || nodes.some((node) => node.kind === 'all' || (node.kind === 'flow' && hasFailures(node.plan)));
}

interface Position {
  readonly depth: number;
  readonly path: string;
}

function randomPlan(random: SeededRandom, { depth, path }: Position): Plan {
  const count = random.between(1, depth === 0 ? 5 : 3);
  const nodes = Array.from({ length: count }, (_, index) => randomNode(random, { depth, path: `${path}.${index}` }));
  const failures = random.chance(0.2) ? random.between(1, 2) : 0;
  return { nodes, failures, retries: failures === 0 ? 0 : random.between(failures - 1, failures + 1) };
}

function randomNode(random: SeededRandom, { depth, path: call }: Position): Node {
  const workMs = random.chance(0.3) ? 0 : random.between(1, random.chance(0.2) ? 2_500 : 300);
  switch (random.between(0, depth < 2 ? 18 : 16)) {
    case 0:
      return { kind: 'step', call, workMs };
    case 1:
      return {
        kind: 'cached',
        call,
        key: `cache-${random.between(0, 3)}`,
        count: random.between(1, 3),
        workMs: workMs + 50,
      };
    case 2:
      return { kind: 'map', call, count: random.between(0, 5), workMs, isAwaited: random.chance(0.6) };
    case 3:
    case 4:
      return { kind: 'equal', call, count: random.between(2, 3), workMs };
    case 5:
      return { kind: 'tree', call, failures: random.between(0, 1), workMs };
    case 6:
      return { kind: 'sleep', call, ms: random.pick([5, 300, 1_500, 6_000]) };
    case 7:
    case 8:
      if (depth > 0) return { kind: 'maybe', call, workMs };
      return { kind: 'signal', call, name: `go-${call}`, payloads: random.chance(0.5) ? [1] : [1, 2] };
    case 9:
      return { kind: 'limit', call, name: random.pick([...limits.keys()]), count: random.between(1, 3), workMs };
    case 10:
      return { kind: 'caught', call, workMs };
    case 11:
      return { kind: 'maybe', call, workMs };
    case 12:
      return { kind: 'chain', call, count: random.between(3, 20), workMs: random.pick([5, 200, 900]) };
    case 15:
      return randomBranches(random, { call, workMs });
    case 16:
      return randomLoop(random, { call, workMs });
    case 17:
      return { kind: 'flow', call, plan: randomPlan(random, { depth: depth + 1, path: call }) };
    case 18:
      return {
        kind: 'all',
        nodes: Array.from({ length: random.between(2, 4) }, (_, index) =>
          randomNode(random, { depth: depth + 1, path: `${call}a${index}` }),
        ),
      };
    default:
      return randomTask(random, { call, workMs });
  }
}

function randomTask(random: SeededRandom, { call, workMs }: { readonly call: string; readonly workMs: number }): Node {
  const failures = random.chance(0.4) ? random.between(1, 2) : 0;
  // A task that fails for good fails its flow: rarely.
  const retries = failures === 0 ? random.between(0, 1) : random.chance(0.1) ? failures - 1 : failures;
  const tag = random.chance(0.1) ? random.pick([...limits.keys()]) : null;
  return { kind: 'task', call, failures, retries, delayMs: random.pick([0, 50, 1_200]), workMs, tag };
}

interface CallShape {
  readonly call: string;
  readonly workMs: number;
}

function randomBranches(random: SeededRandom, { call, workMs }: CallShape): Node {
  const node = {
    kind: 'branches',
    call,
    calls: randomCalls(random),
    by: random.pick(['turn', 'all', 'all', 'timer', 'queue'] as const),
    count: random.between(2, 4),
    each: random.chance(0.7) ? 1 : 2,
    isKeyed: random.chance(0.3),
    sleepMs: randomSleepMs(random),
    workMs,
  } as const;
  return withRoomForFlows(node);
}

function randomLoop(random: SeededRandom, { call, workMs }: CallShape): Node {
  const node = {
    kind: 'loop',
    call,
    calls: randomCalls(random),
    by: random.pick(['helper', 'returned', 'deep', 'scope'] as const),
    count: random.between(2, 4),
    sleepMs: randomSleepMs(random),
    workMs,
  } as const;
  return withRoomForFlows(node);
}

/** Longer ones park the run. */
function randomSleepMs(random: SeededRandom): number {
  return random.chance(0.2) ? random.pick([50, 1_500]) : 0;
}

function randomCalls(random: SeededRandom): Calls {
  return random.pick(['step', 'step', 'task', 'flow']);
}

/** Child flows have one name for all: such a node has a body for itself. */
function withRoomForFlows(node: Extract<Node, { kind: 'branches' | 'loop' }>): Node {
  if (node.calls !== 'flow') return node;
  return { kind: 'flow', call: node.call, plan: { nodes: [node], failures: 0, retries: 0 } };
}

/** The name of one of the equal calls of a node. */
export function positionIn(call: string, { index, turn }: { readonly index: number; readonly turn: number }): string {
  return `${call}/${index}.${turn}`;
}

/** Whether a replay may be refused as ambiguous: where no stack shows the branches, or where one makes several calls. */
export function mayBeRefused({ nodes }: Plan): boolean {
  return nodes.some((node) => {
    if (node.kind === 'flow') return mayBeRefused(node.plan);
    if (node.kind === 'all') return mayBeRefused({ nodes: node.nodes, failures: 0, retries: 0 });
    return node.kind === 'branches' && !node.isKeyed && (node.by === 'timer' || node.by === 'queue' || node.each > 1);
  });
}

/** The outcome of a plan, with any fault on the way. */
export type Expected = { readonly ok: true; readonly value: unknown } | { readonly ok: false };

/** Values without what is drawn anew at each execution: see `stripped`. */
export function expected(plan: Plan): Expected {
  const values: unknown[] = [];
  for (const node of plan.nodes) {
    const outcome = expectedOf(node);
    if (!outcome.ok) return outcome;
    values.push(outcome.value);
  }
  if (plan.failures > plan.retries) return { ok: false };
  return { ok: true, value: values };
}

function expectedOf(node: Node): Expected {
  switch (node.kind) {
    case 'task':
      return node.failures > node.retries ? { ok: false } : { ok: true, value: node.call };
    case 'map':
      return {
        ok: true,
        value: node.isAwaited ? Array.from({ length: node.count }, (_, index) => `${node.call}#${index}`) : null,
      };
    case 'equal':
      return { ok: true, value: Array.from({ length: node.count }, () => node.call) };
    case 'tree':
      return { ok: true, value: [node.call, `${node.call}c`] };
    case 'flow':
      return expected(node.plan);
    case 'signal':
      return { ok: true, value: node.payloads };
    case 'chain':
      return { ok: true, value: `${node.call}-${node.count - 1}` };
    case 'all': {
      const outcomes = node.nodes.map(expectedOf);
      if (outcomes.some(({ ok }) => !ok)) return { ok: false };
      return { ok: true, value: outcomes.map((outcome) => (outcome.ok ? outcome.value : null)) };
    }
    case 'cached':
      return { ok: true, value: Array.from({ length: node.count }, () => node.key) };
    case 'branches':
      return {
        ok: true,
        value: Array.from({ length: node.count }, (_, index) =>
          Array.from({ length: node.each }, (__, turn) => expectedAt(node, { index, turn })),
        ),
      };
    case 'loop':
      return {
        ok: true,
        value: Array.from({ length: node.count }, (_, index) => expectedAt(node, { index, turn: 0 })),
      };
    case 'caught':
      return { ok: true, value: 'caught' };
    case 'sleep':
    case 'maybe':
      return { ok: true, value: null };
    case 'step':
      return { ok: true, value: node.call };
    case 'limit':
      return { ok: true, value: Array.from({ length: node.count }, (_, index) => `${node.call}#${index}`) };
  }
}

function expectedAt(
  { call, calls }: Extract<Node, { kind: 'branches' | 'loop' }>,
  at: { readonly index: number; readonly turn: number },
): string {
  return calls === 'flow' ? 'visited' : positionIn(call, at);
}

/** A value that a task gave: the call, and the token of the execution that made it. */
export interface Made {
  readonly call: string;
  readonly token: string;
}

function isMade(value: unknown): value is Made {
  return typeof value === 'object' && value !== null && 'token' in value && 'call' in value;
}

/** The value with each `Made` replaced by its call, to be compared with what is expected. */
export function stripped(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(stripped);
  return isMade(value) ? value.call : value;
}

/** Of a run whose recorded order was trusted: equal calls may have one another's values. */
export function withoutPositions(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutPositions);
  return typeof value === 'string' ? value.replace(/\/\d+\.\d+$/, '') : value;
}

/** All that tasks made in this value. */
export function madeIn(value: unknown): readonly Made[] {
  if (Array.isArray(value)) return value.flatMap(madeIn);
  return isMade(value) ? [value] : [];
}

/** The signals that a plan waits for: only the outermost body waits for any. */
export function signalsOf(nodes: readonly Node[]): readonly Extract<Node, { kind: 'signal' }>[] {
  return nodes.flatMap((node) => (node.kind === 'signal' ? [node] : node.kind === 'all' ? signalsOf(node.nodes) : []));
}
