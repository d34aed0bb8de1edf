/**
 * Starts runs: `startRun` the run of any call, `startRuns` those of a map. A run of a map starts when there is a permit for it, because
 * all of them started at once would fill the memory.
 */
import type { Engine, Run } from '../runs/model.ts';
import type { StartOptions } from '../runs/runtime.ts';
import { settleRefused } from './early-cancellation.ts';
import { locateMap } from '../runs/call-position.ts';
import { runFlow, type FlowStart } from './run-flow.ts';
import { runTask, type TaskStart } from './run-task.ts';
import { BURST, namedCall, WaitingCalls } from './waiting-calls.ts';

/** Joins the runs to their caller's scope at once and starts them in order, as permits come free. */
export function startRuns(engine: Engine, runs: readonly Run[], options: StartOptions): void {
  for (const run of runs) {
    try {
      engine.submit(run);
      if (run.cancelRequest === null) run.queue();
      else void settleRefused(run, run.cancelRequest.reason);
    } catch (error) {
      engine.refuse(run, error);
    }
  }
  locateMap(runs);
  void pump(runs, options);
}

/** The number of flows that wait for a permit with a row of their own. Fewer than of tasks, because each has an execution of its own. */
const FLOWS_AHEAD_MAX = 1_000;

/**
 * A burst of runs is started before their records are committed. Started all at once, ten thousand half-done runs live through
 * several collections of the young generation, and most of a wide map's time went into copying them.
 */
async function pump(runs: readonly Run[], options: StartOptions): Promise<void> {
  let started = 0;
  const waiting = new WaitingCalls(runs, options);
  const flows: Promise<void>[] = [];
  for (const [index, run] of runs.entries()) {
    // Cancelled before its turn, or refused.
    if (isOver(run)) continue;
    started += 1;
    if (started % BURST === 0) await committed(run);
    const permit = run.caller?.flow?.permits.permit();
    const taken = permit?.take();
    if (taken !== undefined) {
      if (run.kind === 'flow') {
        startRun(run, { ...options, permit, taken });
        flows.push(taken);
        if (flows.length >= FLOWS_AHEAD_MAX) await flows.shift();
        continue;
      }
      waiting.waits(index);
      await taken;
    }
    if (isOver(run)) permit?.settled();
    else startRun(run, { ...options, permit, call: namedCall(run) });
  }
  waiting.end();
}

/** Cancelled before its turn, it settles by itself. */
function isOver(run: Run): boolean {
  return run.settlement !== 'pending' || run.cancelRequest !== null;
}

/** A refused write fails the runs that made it. */
async function committed(run: Run): Promise<void> {
  await run.caller?.run.execution?.committed().catch(() => {});
}

/** Starts a run that has joined its caller's scope, or is an outermost one. */
export function startRun(run: Run, options: FlowStart & TaskStart): void {
  run.leaveQueue();
  if (run.kind === 'flow') void runFlow(run, options);
  else void runTask(run, options);
}
