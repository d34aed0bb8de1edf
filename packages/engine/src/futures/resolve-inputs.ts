/**
 * Futures as arguments: finds them at any depth of plain data, waits for them, and replaces them by their values.
 *
 * Arrays, Maps, Sets and plain objects are walked, each once; anything else is a leaf. Values without futures are passed on, not
 * copied.
 */
import type { Frame, Run } from '../runs/model.ts';
import { replacedIn, someIn, type TaskRunInput, UpstreamError, visitAll } from '@millrace/kernel';
import { observeBlamed, upstreamError } from '../runs/upstream-error.ts';
import { stateOf } from '../runs/shown-state.ts';
import { AllowFailure } from '../definitions/annotations.ts';
import { RunFuture } from './run-future.ts';
import { RunFutureList } from './run-future-list.ts';
import { type InputWaiter, waitForAll } from '../runs/waiting.ts';

export interface ResolvedInputs {
  readonly args: readonly unknown[];
  readonly inputs: readonly TaskRunInput[];
}

/** Whether there is a future anywhere in the arguments. A cheap check, because most calls have none. */
export function hasFutures(args: readonly unknown[]): boolean {
  try {
    for (const value of args) if (someIn(value, isFuture)) return true;
  } catch {
    // A getter threw. The encoder reports it with its path.
  }
  return false;
}

/**
 * `hasFutures` for a value that will be stored. A promise in it will be refused, so its rejection is handled now; otherwise it could
 * end the process before the refusal.
 */
export function hasFuturesToStore(value: unknown): boolean {
  try {
    let hasPromises = false;
    const found = someIn(value, (item) => {
      if (item instanceof Promise) hasPromises = true;
      return isFuture(item);
    });
    if (found || hasPromises) visitAll(value, handledPromise);
    return found;
  } catch {
    return false;
  }
}

function handledPromise(item: object): 'enter' | 'leave' {
  if (!(item instanceof Promise)) return isFuture(item) ? 'leave' : 'enter';
  item.catch(() => {});
  return 'leave';
}

/**
 * Waits for every future in the arguments and returns the arguments with their values.
 *
 * @throws UpstreamError when one of them failed, its error as `cause`
 */
export async function resolveInputs(
  args: readonly unknown[],
  names: readonly string[],
  frame: Frame | InputWaiter | undefined,
): Promise<ResolvedInputs> {
  const edges: { readonly name: string; readonly run: Run }[] = [];
  const found = new Map<Run, boolean>();
  for (const [index, value] of args.entries()) {
    const name = names[index] ?? `arg${index}`;
    for (const [run, tolerant] of await futuresIn(value)) {
      edges.push({ name, run });
      found.set(run, tolerant && found.get(run) !== false);
    }
  }
  await waitForUpstreams(found, frame);
  // Only now, because a run of an earlier execution has its recorded id only after its own inputs have come.
  const inputs = edges.map(({ name, run }): TaskRunInput => ({ name, runId: run.id }));
  return { args: args.map(substitute), inputs };
}

/**
 * A returned or yielded value with its futures replaced by their values.
 *
 * @throws the error of a failed future, as awaiting it would
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

/** The arguments with each future replaced by the id of its run, for a call whose inputs did not come. */
export function withRunIds(args: readonly unknown[]): readonly unknown[] {
  return args.map((value) => replacedIn(value, (item) => (isFuture(item) ? { value: runIdOf(item) } : undefined)));
}

function runIdOf(future: unknown): unknown {
  if (future instanceof AllowFailure) return runIdOf(future.future);
  if (future instanceof RunFuture) return RunFuture.runOf(future).id;
  if (!(future instanceof RunFutureList)) return null;
  const runs = RunFutureList.runsOf(future);
  return runs instanceof Promise ? 'a map of unknown length' : runs.map((run) => run.id);
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

/** The runs behind a value, each with whether its failure is allowed. */
export async function futuresIn(value: unknown): Promise<readonly (readonly [Run, boolean])[]> {
  const found: (readonly [Run, boolean])[] = [];
  const lists: Promise<unknown>[] = [];
  const visitIn = (parts: unknown, tolerant: boolean): void =>
    visitAll(parts, (item) => {
      if (!isFuture(item)) return 'enter';
      if (item instanceof RunFuture) found.push([RunFuture.runOf(item), tolerant]);
      else if (item instanceof AllowFailure) visitIn(item.future, true);
      else {
        const runs = RunFutureList.runsOf(item);
        const add = (known: readonly Run[]): void => {
          for (const run of known) found.push([run, tolerant]);
        };
        if (runs instanceof Promise) lists.push(runs.then(add));
        else add(runs);
      }
      return 'leave';
    });
  visitIn(value, false);
  await Promise.all(lists);
  return found;
}

type Future = RunFuture<unknown> | RunFutureList<unknown> | AllowFailure<unknown>;

function isFuture(value: object): value is Future {
  return value instanceof RunFuture || value instanceof RunFutureList || value instanceof AllowFailure;
}

function substitute(value: unknown): unknown {
  return replacedIn(value, (item) => (isFuture(item) ? { value: valueOfFuture(item) } : undefined));
}

function valueOfFuture(future: Future): unknown {
  if (future instanceof RunFuture) return RunFuture.runOf(future).value;
  if (future instanceof AllowFailure) return statesOf(future.future);
  return (RunFutureList.runsOf(future) as readonly Run[]).map((run) => run.value);
}

function statesOf(future: PromiseLike<unknown>): unknown {
  if (future instanceof RunFuture) return stateOf(RunFuture.runOf(future));
  if (future instanceof RunFutureList)
    return (RunFutureList.runsOf(future) as readonly Run[]).map((run) => stateOf(run));
  return future;
}
