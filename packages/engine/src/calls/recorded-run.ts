/**
 * The handle of a recorded flow run, whichever process runs it. Its properties are read from the record; notifications and polls wait for
 * its end.
 */
import type { FlowRun, Runtime, Frame, Run } from '../runs/model.ts';
import { type FlowRunRecord, isTerminal, RunNotFound, StateType, WaitCycleError, cancelled } from '@millrace/kernel';
import { defineFlow } from '../definitions/definition.ts';
import { findFlow } from '../runs/registry.ts';
import type { State } from '../definitions/state.ts';
import { cancelReason } from '../runs/cancel-reason.ts';
import { currentFrame } from '../runs/frame.ts';
import { settleFromRecord } from '../execution/resolve-flow-run.ts';
import { createRun } from '../runs/run.ts';
import { stateOf } from '../runs/shown-state.ts';
import type { RunHandle } from './handle.ts';
import { factsOf, waitOf } from './run-facts.ts';
import { proposeCancel } from '../engine/cancellation.ts';

/** How often the record is read without a notification. */
const POLL_MS = 1_000;

/** The handle of a recorded run. It starts nothing. */
export async function recordedHandle<T>(runtime: Runtime, record: FlowRunRecord): Promise<RunHandle<T>> {
  const { id } = record;
  return {
    id,
    ...(await factsOf(runtime, record, await waitOf(runtime, record))),
    async result(): Promise<T> {
      const run = await settledFrom(runtime, await whenEnded(runtime, id));
      if (run.settlement === 'failed') throw run.value;
      return run.value as T;
    },
    async state(): Promise<State<T>> {
      const now = await requireRecord(runtime, id);
      return isTerminal(now.state)
        ? stateOf<T>(await settledFrom(runtime, now), now.state)
        : stateOf<T>(shadowOf(runtime, now), now.state);
    },
    cancel: (reason = 'cancelled by its handle') => cancelRecorded(runtime, id, cancelReason(reason)),
  };
}

/** Requests the cancellation from the process that owns the run, and waits until it has ended. A run that has ended stays unchanged. */
export async function cancelRecorded(runtime: Runtime, id: string, reason: string): Promise<void> {
  const record = await requireRecord(runtime, id);
  if (isTerminal(record.state)) return;
  const here = [...(runtime.engine?.roots ?? [])].find((run) => run.id === id && run.execution !== null);
  if (here === undefined) {
    const { runs } = runtime.opened;
    if (record.state.type !== StateType.Cancelling) await proposeCancel(runtime, id, reason);
    // Its process died before the run ended.
    else if ((await runs.orphans([record])).has(id))
      await runs.propose(id, { state: cancelled(runtime.clock.now(), reason), by: 'api' });
  } else {
    here.observe();
    runtime.cancel(here, reason);
  }
  await whenEnded(runtime, id);
}

async function requireRecord(runtime: Runtime, id: string): Promise<FlowRunRecord> {
  const record = await runtime.opened.runs.flowRun(id);
  if (record === undefined) throw new RunNotFound({ runId: id });
  return record;
}

/** A run object without a scope, by which the value and the state of a record are read. */
function shadowOf(runtime: Runtime, record: FlowRunRecord): FlowRun {
  const definition =
    findFlow(record.flowName) ?? defineFlow({ name: record.flowName }, { body: () => {}, location: null });
  const run = createRun(runtime, definition, { caller: null, args: [] });
  run.attach(record);
  run.observe();
  return run;
}

async function settledFrom(runtime: Runtime, record: FlowRunRecord): Promise<Run> {
  const run = shadowOf(runtime, record);
  await settleFromRecord(run, record);
  return run;
}

/** A waiting body gives its permit back. @throws WaitCycleError for a run that the body is part of */
async function whenEnded(runtime: Runtime, id: string): Promise<FlowRunRecord> {
  const frame = currentFrame();
  for (let above = frame?.run; above !== undefined; above = above.caller?.run)
    if (above.id === id) throw new WaitCycleError({ cycle: [above.name, above.name] });
  if (frame === undefined) return await untilEnded(runtime, id);
  return await withoutPermit(frame, () => untilEnded(runtime, id));
}

async function withoutPermit<T>(frame: Frame, wait: () => Promise<T>): Promise<T> {
  frame.permit?.suspend([]);
  try {
    return await wait();
  } finally {
    const resumed = frame.permit?.resume([]);
    if (resumed !== undefined) await resumed;
  }
}

async function untilEnded(runtime: Runtime, id: string): Promise<FlowRunRecord> {
  // This process may take the run up meanwhile, and forget it before the notification of its end comes.
  let wasHere = false;
  const isConcerned = (): boolean => {
    wasHere ||= [...(runtime.engine?.roots ?? [])].some((run) => run.id === id);
    return wasHere;
  };
  for (;;) {
    // Started before the record is read, so that no later commit is missed.
    const change = nextChange(runtime, isConcerned);
    try {
      const record = await requireRecord(runtime, id);
      if (isTerminal(record.state)) return record;
      await change.promise;
    } finally {
      change.close();
    }
  }
}

function nextChange(runtime: Runtime, isConcerned: () => boolean): { readonly promise: Promise<void>; close(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  const polls = Number.isFinite(runtime.pollMs);
  // Writes of this process to its own runs do not concern a run of another process.
  const watch = runtime.opened.watch((notification) => {
    if (isConcerned() || notification === 'anything' || !polls) resolve();
  });
  const timer = polls ? runtime.clock.setTimer(POLL_MS, resolve) : undefined;
  return {
    promise,
    close: () => {
      watch.close();
      timer?.cancel();
    },
  };
}
