/**
 * Waiting for runs: gives the waiting body's place back (law 6) and refuses waits that can never end.
 */
import type { Frame, PlaceHolder, Run } from './model.ts';
import { WaitCycleError } from '@millrace/kernel';
import { currentFrame } from './frame.ts';

/** A run that has not begun and waits for its inputs: what a frame is to a body that waits. */
export interface InputWaiter {
  readonly run: Run;
  /** Its place, where it was given one before its inputs were there. */
  readonly place: PlaceHolder | null;
}

/**
 * Resolves when the run has settled and the waiting body may go on.
 *
 * @throws WaitCycleError when the run waits, directly or not, for the caller
 */
export function waitForRun(run: Run, frame: Frame | undefined = currentFrame()): Promise<void> {
  if (frame !== undefined && isRefused(frame)) return never();
  if (run.settlement !== 'pending') return Promise.resolve();
  if (frame === undefined) return run.settled();
  return waitInFrame(frame, [run], () => run.settled());
}

/**
 * Resolves when all have settled, or at the first failure, with the run that failed first.
 *
 * @throws WaitCycleError when one of them waits, directly or not, for the caller
 */
export async function waitForAll(
  runs: readonly Run[],
  options: { readonly frame: Frame | InputWaiter | undefined; readonly stopAtFailure: boolean },
): Promise<Run | undefined> {
  const pending = runs.filter((run) => run.settlement === 'pending');
  let failed = options.stopAtFailure ? runs.find((run) => run.settlement === 'failed') : undefined;
  if (failed !== undefined || pending.length === 0) return failed;
  const wait = (): Promise<void> =>
    new Promise((resolve) => {
      let left = pending.length;
      for (const run of pending) {
        run.onSettled(() => {
          left -= 1;
          if (options.stopAtFailure && failed === undefined && run.settlement === 'failed') failed = run;
          if (left === 0 || failed !== undefined) resolve();
        });
      }
    });
  if (options.frame === undefined) await wait();
  else await waitInFrame(options.frame, pending, wait);
  return failed;
}

/** Waits until `arrived` says so, as one who waits for the runs that are still open. */
export async function waitForAny(
  runs: readonly Run[],
  options: { readonly frame: Frame | undefined; readonly arrived: () => Promise<void> },
): Promise<void> {
  if (options.frame === undefined) await options.arrived();
  else
    await waitInFrame(
      options.frame,
      runs.filter((run) => run.settlement === 'pending'),
      options.arrived,
    );
}

/** Waits as one who waits for the runs: the place is given back, and a cycle is refused. */
export function waitInFrame(
  frame: Frame | InputWaiter,
  runs: readonly Run[],
  wait: () => Promise<void>,
): Promise<void> {
  return 'scope' in frame ? frame.runtime.wait(frame, runs, wait) : waitHere(frame, runs, wait);
}

/** The same for a body, or a call, of this process. */
export async function waitHere(
  frame: Frame | InputWaiter,
  runs: readonly Run[],
  wait: () => Promise<void>,
): Promise<void> {
  if (isDropped(frame)) return await dropped(frame);
  const waiter = frame.run;
  for (const run of runs) refuseCycle(run, waiter);
  const waited = waiter.waitOn(runs);
  frame.place?.suspend(runs);
  waiter.enterQuiet();
  try {
    await wait();
  } finally {
    // Its run is another body's by now: what is counted of that is not this one's to take back.
    if (isDropped(frame)) await dropped(frame);
    if (isRefused(frame)) await never();
    waiter.leaveQuiet();
    waited();
    const resumed = frame.place?.resume(runs);
    if (resumed !== undefined) await resumed;
  }
}

/** Its run fails whatever the body does (AmbiguousReplay): a body that heard of it could go on with a wrong value. */
function isRefused(frame: Frame | InputWaiter): boolean {
  return 'scope' in frame && frame.run.refusedBy !== null;
}

function never(): Promise<never> {
  return new Promise(() => {});
}

function isDropped(frame: Frame | InputWaiter): boolean {
  return 'scope' in frame && frame.scope.isParked;
}

/** A body that was dropped where it waited hears of nothing more: its run calls it again. */
function dropped({ run }: Frame | InputWaiter): Promise<never> {
  run.tree.onStir?.();
  return never();
}

function refuseCycle(target: Run, waiter: Run): void {
  const cycle = findCycle(target, waiter);
  if (cycle !== undefined) throw new WaitCycleError({ cycle: cycle.map((member) => member.name) });
}

/** The runs from `target` to `waiter` along what each waits for, or undefined. Most targets wait for nothing: one look. */
export function findCycle(target: Run, waiter: Run): readonly Run[] | undefined {
  if (target === waiter) return [waiter, waiter];
  if ((target.waitingOn === null || target.waitingOn.size === 0) && target.scope?.closing !== true) return undefined;
  const seen = new Set<Run>();
  const path: Run[] = [];
  const visit = (run: Run): boolean => {
    if (run === waiter) return true;
    if (seen.has(run)) return false;
    seen.add(run);
    path.push(run);
    for (const next of waitsOf(run)) if (visit(next)) return true;
    path.pop();
    return false;
  };
  return visit(target) ? [waiter, ...path, waiter] : undefined;
}

function* waitsOf(run: Run): Iterable<Run> {
  if (run.waitingOn !== null) for (const runs of run.waitingOn) yield* runs;
  if (run.scope?.closing === true) yield* run.scope.open;
}
