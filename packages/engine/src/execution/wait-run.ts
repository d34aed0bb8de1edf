/**
 * A recorded wait: begun durably, so that a restart waits for what is left and not from the start, and completed once.
 */
import { completed, failed, moveFor, running } from '@millrace/kernel';
import type { Frame, Run } from '../runs/model.ts';
import type { TaskRunKind, TaskRunRecord, WaitReason } from '@millrace/kernel';
import { requireFrame } from '../context/run-context.ts';
import { RunFuture } from '../futures/run-future.ts';
import { finishCancelled } from './attempt-task.ts';
import { holdBack, mayNotBegin } from '../runs/drain.ts';
import { lostToFullDisk } from '../runs/run-loss.ts';
import { replayTask } from './replay.ts';
import { RunNode } from '../runs/run.ts';
import { rememberRun } from '../runs/run-of.ts';
import { beginTask, identifySeen } from './task-call.ts';
import { encodeError, messageOf, placed } from '../runs/values.ts';
import { waitDefinition } from '../definitions/wait-definition.ts';

export interface Wait<T> {
  /** The call that it is, as a process of an isolated body's repeats it. */
  readonly call: { readonly name: string; readonly args: readonly unknown[] };
  /** Its key, such as `sleep`, or `signal:approved`. */
  readonly name: string;
  readonly kind: TaskRunKind;
  /** What tells this wait from others of the name, whatever order they come in. */
  readonly key: string | null;
  /** What is recorded as its arguments. They are no part of its identity: a computed duration is another at each call. */
  readonly shown: readonly unknown[];
  /** Whether a recorded wait is as good as this one, where the order can't be trusted; default: none is. */
  readonly fits?: (record: TaskRunRecord) => boolean;
  /** When it is due (epoch ms), from its beginning; null = never by itself. */
  readonly wakeAt: (now: number) => number | null;
  readonly reason: (record: TaskRunRecord) => WaitReason;
  /** Resolves with the encoded outcome and the value, when what is waited for is there. */
  readonly until: (run: Run, record: TaskRunRecord) => Promise<{ readonly outcome: string; readonly value: T }>;
}

/** Begins the wait in the scope of the code that calls. */
export function startWait<T>(wait: Wait<T>): RunFuture<T> {
  const frame = requireFrame(`${wait.kind}()`);
  return new RunFuture<T>(frame.runtime.startWait(frame, { ...wait.call, here: () => startHere(frame, wait) }));
}

function startHere<T>(frame: Frame, wait: Wait<T>): Run {
  const run = new RunNode(frame.runtime, waitDefinition(wait.name, wait.key), { caller: frame, args: [] });
  run.engine.adopt(run);
  void execute(run, wait);
  return run;
}

async function execute<T>(run: Run, wait: Wait<T>): Promise<void> {
  try {
    await settleWait(run, wait);
  } catch (error) {
    if (run.cancelRequest !== null && run.settlement === 'pending') await finishCancelled(run).catch(() => {});
    run.settle('failed', rememberRun(error, run));
  }
}

async function settleWait<T>(run: Run, wait: Wait<T>): Promise<void> {
  const execution = run.caller?.run.execution ?? null;
  run.execution = execution;
  if (mayNotBegin(run)) await holdBack(run);
  const now = run.engine.clock.now();
  const due = wait.wakeAt(now);
  const { fits } = wait;
  const named = identifySeen(run, {
    args: [],
    inputs: [],
    kind: wait.kind,
    shown: wait.shown,
    ...(fits === undefined ? {} : { fits }),
    ...(due === null ? {} : { wakeAt: due }),
  });
  const call = named instanceof Promise ? await named : named;
  if (await replayTask(run, call)) return;
  const record = beginTask(run, call);
  const move = moveFor(record, 'called-again');
  const state = running(now, { details: { reason: wait.reason(record) } });
  execution?.proposeTask(record, { state, by: 'engine', ...(move === undefined ? {} : { move }) });
  await execution?.committed();
  try {
    run.tree.waits.set(run, record.wakeAt);
    const { outcome, value } = await wait.until(run, record).finally(() => {
      run.tree.waits.delete(run);
    });
    const place = await placed(run, outcome);
    execution?.proposeTask(record, { state: completed(run.engine.clock.now()), by: 'engine' }, place);
    await execution?.committed();
    run.settle('completed', value);
  } catch (error) {
    if (run.cancelRequest !== null || run.aborted) throw error;
    if (lostToFullDisk(run, error)) return;
    execution?.proposeTask(
      record,
      { state: failed(run.engine.clock.now(), { message: messageOf(error), retriable: false }), by: 'engine' },
      encodeError(error),
    );
    await execution?.committed();
    throw error;
  }
}
