/** Handles of flow runs, for code that is not part of the run. The run may be in this process or in another one. */
import type { Runtime, Run } from '../runs/model.ts';
import type { StartOptions } from '../runs/runtime.ts';
import { type FlowRunRecord, isTerminal, RunNotFound, WaitCycleError } from '@millrace/kernel';
import type { FlowDefinition } from '../definitions/definition.ts';
import type { State } from '../definitions/state.ts';
import { currentRuntime } from '../runs/default-runtime.ts';
import { waitForRun } from '../runs/waiting.ts';
import { currentFrame } from '../runs/frame.ts';
import { cancelJoined } from '../engine/cancellation.ts';
import { factsOf, type RunFacts } from './run-facts.ts';
import { cancelReason } from '../runs/cancel-reason.ts';
import { stateOf } from '../runs/shown-state.ts';

/** A flow run that was started on its own. */
export interface RunHandle<T> extends RunFacts {
  /** The flow run's id (a UUID). */
  readonly id: string;
  /** Its value, once it has ended. Rejects with its error. */
  result(): Promise<T>;
  /** Its state now. */
  state(): Promise<State<T>>;
  /** Cancels it and waits until that is recorded. */
  cancel(reason?: string): Promise<void>;
}

/** Starts an outermost run; resolves once it is recorded, rejects when its parameters are refused. */
export async function startHandle<T>(
  definition: FlowDefinition,
  args: readonly unknown[],
  options: StartOptions,
): Promise<RunHandle<T>> {
  const runtime = currentRuntime();
  const run = runtime.start(definition, args, { ...options, outermost: true });
  return await handleOf<T>(runtime, run);
}

/** A handle of a run that this process has started or taken up. */
export async function handleOf<T>(runtime: Runtime, run: Run): Promise<RunHandle<T>> {
  await recorded(run);
  return {
    id: run.id,
    ...(await factsOf(runtime, await recordOf(runtime, run))),
    async result(): Promise<T> {
      run.observe();
      await ended(run);
      if (run.settlement === 'failed') throw run.value;
      return run.value as T;
    },
    async state(): Promise<State<T>> {
      if (run.settlement !== 'pending') {
        run.observe();
        return stateOf<T>(run);
      }
      // Read from the database, because the record in memory may be ahead of the last commit.
      return stateOf<T>(run, (await runtime.opened.runs.flowRun(run.id))?.state);
    },
    async cancel(given = 'cancelled by its handle'): Promise<void> {
      const reason = cancelReason(given);
      run.observe();
      if (run.isJoined && run.settlement === 'pending' && !run.isEvicted) await cancelJoined(run.engine, run, reason);
      else runtime.cancel(run, reason);
      await run.settled();
    },
  };
}

/** The record of the run. It is in the database only if another process owns the run of its key. */
async function recordOf(runtime: Runtime, run: Run): Promise<FlowRunRecord> {
  if (run.kind === 'flow' && run.record !== null) return run.record;
  const record = await runtime.opened.runs.flowRun(run.id);
  if (record === undefined) throw new RunNotFound({ runId: run.id });
  return record;
}

/** A body that waits for an outermost run gives its permit back. @throws WaitCycleError for the run that the body is part of */
async function ended(run: Run): Promise<void> {
  const frame = currentFrame();
  for (let above = frame?.run; above !== undefined; above = above.caller?.run)
    if (above.id === run.id) throw new WaitCycleError({ cycle: [above.name, above.name] });
  await waitForRun(run, frame);
}

/** Resolves once the run is durable or has settled; rejects with refused parameters, because no run started. */
async function recorded(run: Run): Promise<void> {
  await run.identified();
  if (run.settlement === 'failed' && !isTerminal(run.state)) {
    run.observe();
    throw run.value;
  }
  await run.execution?.committed();
}
