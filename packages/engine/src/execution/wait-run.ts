/**
 * A recorded wait (a sleep, a signal, a pause). Its beginning is recorded, so that after a restart only the rest is waited for; it
 * completes once.
 */
import { completed, moveFor, running, INSTANT_MAX } from '@millrace/kernel';
import type { Frame, Run, TaskRun } from '../runs/model.ts';
import type { TaskRunKind, TaskRunRecord, WaitReason } from '@millrace/kernel';
import { requireFrame } from '../context/run-context.ts';
import { RunFuture } from '../futures/run-future.ts';
import { recordError, settleWithout } from './endings.ts';
import { TaskAttempts } from './task-attempts.ts';
import { holdBack, mayNotStart } from '../runs/drain.ts';
import { replayTask } from './replay.ts';
import { createRun } from '../runs/run.ts';
import { beginTask, identifySeen } from './task-call.ts';
import { offloaded } from '../runs/values.ts';
import { waitDefinition } from '../definitions/wait-definition.ts';

export interface Wait<T> {
  /** The call that it is, as a process of an isolated body's repeats it. */
  readonly call: { readonly name: string; readonly args: readonly unknown[] };
  /** Its key, such as `sleep`, or `signal:approved`. */
  readonly name: string;
  readonly kind: TaskRunKind;
  /** Identifies this wait among others of the name, whatever order they come in. */
  readonly key: string | null;
  /** The recorded arguments. They are no part of its identity: a computed duration is another at each call. */
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
  const run = createRun(frame.runtime, waitDefinition(wait.name, wait.key), { caller: frame, args: [] });
  run.engine.submit(run);
  void runWait(run, wait);
  return run;
}

/** A wait that failed, such as by its timeout, fails again at each try. */
class WaitAttempts extends TaskAttempts {
  override async isRetriable(): Promise<boolean> {
    return false;
  }
}

async function runWait<T>(run: TaskRun, wait: Wait<T>): Promise<void> {
  const attempts = new WaitAttempts(run);
  try {
    await settleWait(attempts, wait);
  } catch (error) {
    await settleWithout(attempts, error);
  }
}

/** A wait beyond the last instant that a row holds is due then. */
function dueAt({ wakeAt }: Pick<Wait<unknown>, 'wakeAt'>, now: number): number | null {
  const at = wakeAt(now);
  return at === null ? null : Math.min(at, INSTANT_MAX);
}

async function settleWait<T>(attempts: WaitAttempts, wait: Wait<T>): Promise<void> {
  const { run } = attempts;
  run.joinExecution(run.caller?.run.execution ?? null);
  if (mayNotStart(run)) await holdBack(run);
  const now = run.engine.clock.now();
  const due = dueAt(wait, now);
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
  attempts.propose({ state, by: 'engine', ...(move === undefined ? {} : { move }) });
  await attempts.committed();
  try {
    run.tree.waits.set(run, record.wakeAt);
    const { outcome, value } = await wait.until(run, record).finally(() => {
      run.tree.waits.delete(run);
    });
    attempts.propose({ state: completed(run.engine.clock.now()), by: 'engine' }, await offloaded(run, outcome));
    await attempts.committed();
    run.settle('completed', value);
  } catch (error) {
    if (run.cancelRequest !== null || run.aborted) throw error;
    await recordError(attempts, { error });
  }
}
