/**
 * A recorded flow run as a handle, whichever process runs it: what is known of it comes from the record, and its end is waited for
 * by hints and by polls.
 */
import type { Runtime, Frame, Run } from '../runs/model.ts';
import { type FlowRunRecord, isTerminal, RunNotFound, StateType, WaitCycleError, cancelled } from '@millrace/kernel';
import { defineFlow } from '../definitions/definition.ts';
import { findFlow } from '../runs/registry.ts';
import type { State } from '../definitions/state.ts';
import { cancelReason } from '../runs/cancel-reason.ts';
import { currentFrame } from '../runs/frame.ts';
import { settleFromRecord } from '../execution/resolve-flow-run.ts';
import { RunNode } from '../runs/run.ts';
import { stateOf } from '../runs/shown-state.ts';
import type { RunHandle } from './handle.ts';
import { factsOf, waitOf } from './run-facts.ts';
import { proposeCancel } from '../engine/cancellation.ts';

/** Where no hint comes, the record is asked for so often. */
const POLL_MS = 1_000;

/** A handle on a run that is recorded; nothing is started by it. */
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

/** Asks its process to cancel it, and waits until it has ended; a run that has ended stays as it is. */
export async function cancelRecorded(runtime: Runtime, id: string, reason: string): Promise<void> {
  const record = await requireRecord(runtime, id);
  if (isTerminal(record.state)) return;
  const here = [...(runtime.engine?.roots ?? [])].find((run) => run.id === id && run.execution !== null);
  if (here === undefined) {
    const { runs } = runtime.opened;
    if (record.state.type !== StateType.Cancelling) await proposeCancel(runtime, id, reason);
    // Its process died before it could end it.
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

/** A run that stands for the recorded one, and is in no scope: what its value and its state are read with. */
function shadowOf(runtime: Runtime, record: FlowRunRecord): Run {
  const definition =
    findFlow(record.flowName) ?? defineFlow({ name: record.flowName }, { body: () => {}, location: null });
  const run = new RunNode(runtime, definition, { caller: null, args: [] });
  run.id = record.id;
  run.record = record;
  run.observe();
  return run;
}

async function settledFrom(runtime: Runtime, record: FlowRunRecord): Promise<Run> {
  const run = shadowOf(runtime, record);
  await settleFromRecord(run, record);
  return run;
}

/** A body that waits gives its place back; for a run that it is part of, it would wait for ever. */
async function whenEnded(runtime: Runtime, id: string): Promise<FlowRunRecord> {
  const frame = currentFrame();
  for (let above = frame?.run; above !== undefined; above = above.caller?.run)
    if (above.id === id) throw new WaitCycleError({ cycle: [above.name, above.name] });
  if (frame === undefined) return await untilEnded(runtime, id);
  return await withoutPlace(frame, () => untilEnded(runtime, id));
}

async function withoutPlace<T>(frame: Frame, wait: () => Promise<T>): Promise<T> {
  frame.place?.suspend([]);
  try {
    return await wait();
  } finally {
    const resumed = frame.place?.resume([]);
    if (resumed !== undefined) await resumed;
  }
}

async function untilEnded(runtime: Runtime, id: string): Promise<FlowRunRecord> {
  // This process may take it up meanwhile, and have let go of it when the hint of its end comes.
  let wasHere = false;
  const isConcerned = (): boolean => {
    wasHere ||= [...(runtime.engine?.roots ?? [])].some((run) => run.id === id);
    return wasHere;
  };
  for (;;) {
    // Before it is read: what is committed from now on is no longer missed.
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
  // What this process writes of its own runs is nothing to a run of another's.
  const watch = runtime.opened.watch((hint) => {
    if (isConcerned() || hint === 'anything' || !polls) resolve();
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
