/**
 * Futures as arguments: finds them at any depth of plain data, waits for them, and puts their values in their place.
 *
 * Arrays, Maps, Sets and plain objects are walked; anything else is a leaf and passes as it is. What holds no future is
 * passed on unchanged, not copied.
 */
import type { Frame, Run } from '../run/model.ts';
import { type TaskRunInput, UpstreamError } from '@millrace/kernel';
import { observeBlamed, upstreamError } from '../run/blame.ts';
import { stateOf } from '../run/state-of.ts';
import { AllowFailure } from './annotations.ts';
import { RunFuture } from './run-future.ts';
import { RunFutureList } from './run-future-list.ts';
import { type InputWaiter, waitForAll } from './waiting.ts';

/** How deep arguments are walked; deeper data passes as it is (the codec has the same bound). */
export const DEPTH_MAX = 256;

/** Longer arrays may have more holes than there is time to look into. */
const DENSE_MAX = 1_000_000;

export interface ResolvedInputs {
  readonly args: readonly unknown[];
  readonly inputs: readonly TaskRunInput[];
}

/** Whether there is a future anywhere in the arguments: the cheap question that most calls answer with no. */
export function hasFutures(args: readonly unknown[]): boolean {
  try {
    for (const value of args) if (typeof value === 'object' && value !== null && containsFuture(value, 0)) return true;
  } catch {
    // A part throws when it is read: whoever has to store it says so, and by its path.
  }
  return false;
}

/**
 * Waits for every future in the arguments and gives the arguments with their values.
 *
 * @throws UpstreamError when one of them failed, its error as `cause`
 */
export async function resolveInputs(
  args: readonly unknown[],
  names: readonly string[],
  frame: Frame | InputWaiter | undefined,
): Promise<ResolvedInputs> {
  const inputs: TaskRunInput[] = [];
  const found = new Map<Run, boolean>();
  for (const [index, value] of args.entries()) {
    const name = names[index] ?? `arg${index}`;
    for (const [run, tolerant] of await futuresIn(value)) {
      inputs.push({ name, runId: run.id });
      found.set(run, tolerant && found.get(run) !== false);
    }
  }
  await waitForUpstreams(found, frame);
  return { args: args.map((value) => substitute(value, 0)), inputs };
}

/**
 * What a body returned or yielded, with the values of the futures in it.
 *
 * @throws the error of one that failed, as awaiting it would
 */
export async function settledValue(value: unknown, how: 'return' | 'yield', frame: Frame): Promise<unknown> {
  try {
    return (await resolveInputs([value], [how], frame)).args[0];
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error;
    observeBlamed(error);
    throw error.cause;
  }
}

/** Waits for runs that must have succeeded (or, tolerant, only ended). */
export async function waitForUpstreams(
  upstreams: ReadonlyMap<Run, boolean>,
  frame: Frame | InputWaiter | undefined,
): Promise<void> {
  for (const [run, tolerant] of upstreams) if (tolerant) run.observe();
  const strict = [...upstreams].filter(([, tolerant]) => !tolerant).map(([run]) => run);
  const failed = await waitForAll(strict, { frame, stopAtFailure: true });
  if (failed !== undefined) throw upstreamError(failed);
  await waitForAll([...upstreams.keys()], { frame, stopAtFailure: false });
}

/** The runs behind a value, with whether their failure is allowed. */
export async function futuresIn(value: unknown): Promise<readonly (readonly [Run, boolean])[]> {
  const found: (readonly [Run, boolean])[] = [];
  const lists: Promise<unknown>[] = [];
  const visit = (item: unknown, depth: number, tolerant: boolean): void => {
    if (typeof item !== 'object' || item === null || depth > DEPTH_MAX) return;
    if (item instanceof RunFuture) found.push([RunFuture.runOf(item), tolerant]);
    else if (item instanceof RunFutureList) {
      const runs = RunFutureList.runsOf(item);
      const add = (known: readonly Run[]): void => {
        for (const run of known) found.push([run, tolerant]);
      };
      if (runs instanceof Promise) lists.push(runs.then(add));
      else add(runs);
    } else if (item instanceof AllowFailure) visit(item.future, depth + 1, true);
    else for (const child of childrenOf(item)) visit(child, depth + 1, tolerant);
  };
  visit(value, 0, false);
  await Promise.all(lists);
  return found;
}

function containsFuture(value: object, depth: number): boolean {
  if (value instanceof RunFuture || value instanceof RunFutureList || value instanceof AllowFailure) return true;
  if (depth > DEPTH_MAX) return false;
  for (const child of childrenOf(value)) {
    if (typeof child === 'object' && child !== null && containsFuture(child, depth + 1)) return true;
  }
  return false;
}

function childrenOf(value: object): Iterable<unknown> {
  // A sparse array may be billions long: only the places that are filled.
  if (Array.isArray(value)) return value.length > DENSE_MAX ? Object.values(value) : value;
  if (value instanceof Set) return value;
  if (value instanceof Map) return [...value.keys(), ...value.values()];
  return isPlain(value) ? Object.values(value) : [];
}

function isPlain(value: object): value is Record<string, unknown> {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function substitute(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null || depth > DEPTH_MAX) return value;
  if (value instanceof RunFuture) return RunFuture.runOf(value).value;
  if (value instanceof RunFutureList) return (RunFutureList.runsOf(value) as readonly Run[]).map((run) => run.value);
  if (value instanceof AllowFailure) return stateInPlace(value.future);
  if (!containsFuture(value, depth)) return value;
  return mapChildren(value, (item) => substitute(item, depth + 1));
}

/** A copy of plain data with each value, one level down, replaced; anything else as it is. */
export function mapChildren(value: object, replaced: (item: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map(replaced);
  if (value instanceof Set) return new Set([...value].map(replaced));
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [replaced(key), replaced(item)]));
  if (!isPlain(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, replaced(item)]));
}

function stateInPlace(future: PromiseLike<unknown>): unknown {
  if (future instanceof RunFuture) return stateOf(RunFuture.runOf(future));
  if (future instanceof RunFutureList)
    return (RunFutureList.runsOf(future) as readonly Run[]).map((run) => stateOf(run));
  return future;
}
