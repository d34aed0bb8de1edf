/** Waits for runs: gives the permit of the waiting body back (law 6), and refuses a wait that could never end. */
import type { Frame, Permit, Run } from './model.ts';
import { WaitCycleError } from '@millrace/kernel';
import { currentFrame } from './frame.ts';

/** A run that waits for its inputs before it starts. Takes the role of the frame of a waiting body. */
export interface InputWaiter {
  readonly run: Run;
  /** Its permit, if it got one before its inputs came. */
  readonly permit: Permit | null;
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

/** Waits until `arrived` resolves, as code that waits for those of the runs that have not settled. */
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

/** Waits as code that waits for the runs: the permit is given back, and a cycle is refused. */
export function waitInFrame(
  frame: Frame | InputWaiter,
  runs: readonly Run[],
  wait: () => Promise<void>,
): Promise<void> {
  return 'scope' in frame ? frame.runtime.wait(frame, runs, wait) : waitHere(frame, runs, wait);
}

/** The same for a body, or a run, of this process. */
export async function waitHere(
  frame: Frame | InputWaiter,
  runs: readonly Run[],
  wait: () => Promise<void>,
): Promise<void> {
  if (isEvicted(frame)) return await dropped(frame);
  const waiter = frame.run;
  for (const run of runs) refuseCycle(run, waiter);
  const waited = waiter.waitOn(runs);
  frame.permit?.suspend(runs);
  waiter.enterIdle();
  try {
    await wait();
  } finally {
    // The run was evicted and its body called again; its counters belong to the new body.
    if (isEvicted(frame)) await dropped(frame);
    if (isRefused(frame)) await never();
    waiter.leaveIdle();
    waited();
    const resumed = frame.permit?.resume(runs);
    if (resumed !== undefined) await resumed;
  }
}

/** Whether its run fails in any case (AmbiguousReplay). The body must not continue, because it would have a wrong value. */
function isRefused(frame: Frame | InputWaiter): boolean {
  return 'scope' in frame && frame.run.refusedBy !== null;
}

function never(): Promise<never> {
  return new Promise(() => {});
}

function isEvicted(frame: Frame | InputWaiter): boolean {
  return 'scope' in frame && frame.scope.isEvicted;
}

/** An evicted body never continues after its wait, because its run calls it again. */
function dropped({ run }: Frame | InputWaiter): Promise<never> {
  run.tree.onStir?.();
  return never();
}

function refuseCycle(target: Run, waiter: Run): void {
  const cycle = findCycle(target, waiter);
  if (cycle !== undefined) throw new WaitCycleError({ cycle: cycle.map((member) => member.name) });
}

/** The runs from `target` to `waiter`, each waiting for the next; undefined = there is no such path. Cheap if the target waits for nothing. */
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
