/** The steps of a flow run in their order: call, parameters, flow run, attempts, settlement. Each step is a file of its own. */
import type { FlowRun, RunPermit } from '../runs/model.ts';
import type { StartOptions } from '../runs/runtime.ts';
import { type FlowRunRecord, UpstreamError } from '@millrace/kernel';
import { rememberStarted } from '../runs/name-claims.ts';
import { futuresIn, hasFutures, resolveInputs, waitForUpstreams } from '../futures/resolve-inputs.ts';
import { attemptFlow, FlowAttempts } from './flow-attempts.ts';
import { settleCancelled, settleRefused, showCancelled } from './early-cancellation.ts';
import { changedParameters, type FlowParameters, parametersFrom, parametersOf } from './flow-parameters.ts';
import { untilAborted } from '../runs/interruptible-waits.ts';
import { holdBack, mayNotStart } from '../runs/drain.ts';
import { locateSeen } from '../runs/call-position.ts';
import { leaveFlowNotReady, resolveFlowRun } from './resolve-flow-run.ts';
import { lostToFullDisk } from '../runs/run-loss.ts';
import { rememberRun } from '../runs/run-of.ts';
import { offloaded } from '../runs/values.ts';

export interface FlowStart extends StartOptions {
  /** Taken already, unless `taken` is given; absent = it takes one itself, if the flow around has them. */
  readonly permit?: RunPermit | undefined;
  /** Resolves when the place has come. */
  readonly taken?: Promise<void> | undefined;
}

/** Runs the flow to its settlement. Never rejects: whatever happens, the run settles. */
export async function runFlow(run: FlowRun, options: FlowStart): Promise<void> {
  const isRefused = run.cancelRequest !== null;
  try {
    await settleFlow(run, options);
  } catch (error) {
    if (run.cancelRequest !== null && run.isJoined) {
      // Its holder calls its hooks.
      showCancelled(run, run.cancelRequest.reason);
    } else if (run.cancelRequest !== null && run.record === null)
      await (isRefused ? settleRefused : settleCancelled)(run, run.cancelRequest.reason);
    if (!lostToFullDisk(run, error)) run.settle('failed', rememberRun(error, run));
  } finally {
    options.permit?.settled();
  }
}

async function settleFlow(run: FlowRun, options: FlowStart): Promise<void> {
  const { engine, caller } = run;
  if (engine.halted) return;
  if (options.trustOrder === true) run.tree.trustsOrder = true;
  await locateSeen(run);
  if (!engine.isOpen) await engine.ledger();
  if (mayNotStart(run)) await holdBack(run);
  const prepared = options.flowRunId === undefined ? await prepare(run, options) : null;
  if (prepared instanceof UpstreamError) {
    await leaveFlowNotReady(run, prepared);
    return;
  }
  const permit = options.permit ?? caller?.flow?.permits.permit() ?? null;
  try {
    const taken = options.permit === undefined ? permit?.take() : options.taken;
    const resolved = await resolveFlowRun(run, prepared, options);
    if (resolved === undefined) return;
    const { execution } = resolved;
    if (run.isEvicted) {
      execution.release();
      return;
    }
    run.joinExecution(execution);
    // Taken up by its key, the run is the one that was recorded, not the one that was about to begin.
    if (execution.flowRun !== null) run.attach(execution.flowRun);
    if (caller === null) rememberStarted(engine, run.id, run.definition);
    if (execution.flowRun?.state.details?.trustOrder === true) run.tree.trustsOrder = true;
    run.markIdentified();
    const called = prepared === null ? await recordedParameters(run) : { parameters: prepared, refusal: null };
    await attemptFlow(
      new FlowAttempts(run, execution, { ...called, permit: permit, isResumed: resolved.resumed }),
      taken,
    );
  } finally {
    if (options.permit === undefined) permit?.settled();
  }
}

/** The parameters; the error when an upstream failed. */
async function prepare(run: FlowRun, options: FlowStart): Promise<FlowParameters | UpstreamError> {
  const { definition } = run;
  const { waitFor = [] } = options;
  const waiter = { engine: run.engine, run, permit: options.permit ?? null };
  let args = run.args ?? [];
  try {
    if (hasFutures(args)) args = (await untilAborted(run, resolveInputs(args, definition.parameterNames, waiter))).args;
    if (waitFor.length > 0) await untilAborted(run, waitForUpstreams(new Map(await futuresIn(waitFor)), waiter));
  } catch (error) {
    if (error instanceof UpstreamError) return error;
    throw error;
  }
  const parameters = await untilAborted(run, parametersOf(definition, args, run.caller === null));
  return { ...parameters, text: (await offloaded(run, parameters.text)) ?? parameters.text };
}

interface RecordedParameters {
  readonly parameters: FlowParameters;
  /** Why the flow can't be called with them; null = it can. */
  readonly refusal: unknown;
}

/** The parameters of a run that is taken up, fetched if they are kept elsewhere. */
async function recordedParameters(run: FlowRun): Promise<RecordedParameters> {
  const { definition } = run;
  const record = run.execution?.flowRun ?? null;
  const text = await run.engine.opened.blobs.fetch(record?.parameters ?? '{}', { runId: run.id });
  const parameters = parametersFrom(definition, text);
  if (record?.policy.parametersUnchecked !== true) return { parameters, refusal: null };
  try {
    const given = parameters.byName;
    const original = await parametersOfOriginal(run, record);
    return { parameters: await changedParameters(definition, original, given), refusal: null };
  } catch (refusal) {
    return { parameters, refusal };
  }
}

/** A name that a rerun has from its original is none that was mistyped. */
async function parametersOfOriginal(run: FlowRun, { rerunOf }: FlowRunRecord): Promise<FlowParameters> {
  const { runs, blobs } = run.engine.opened;
  const { definition } = run;
  const original = rerunOf === null ? undefined : await runs.flowRun(rerunOf);
  if (original === undefined) return { args: [], byName: {}, text: '{}', dropped: [] };
  return parametersFrom(definition, await blobs.fetch(original.parameters, { runId: original.id }));
}
