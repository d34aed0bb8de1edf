/** The duration of a run: the time its body ran, over all attempts, without the waits between them. */
import { type State, StateType, type TaskRunKind } from '@millrace/kernel';

/** The fields of a run that its duration follows from; instants and durations in epoch ms and ms. */
export interface TimedRun {
  readonly kind?: 'flow' | TaskRunKind;
  readonly state: State;
  readonly runCount: number;
  /** Of past RUNNING states: the present one is not included. */
  readonly runTimeMs: number;
  readonly startAt: number | null;
  readonly endAt: number | null;
  /** The run has lost its process, so its body does not run. */
  readonly orphan?: unknown;
}

/** Sleeps, signals and pauses have no body: their duration is the wait. */
const waits: ReadonlySet<string> = new Set(['sleep', 'signal', 'pause']);

/** Milliseconds; null if no body has run. */
export function runDurationMs(run: TimedRun, now: number): number | null {
  if (run.kind !== undefined && waits.has(run.kind))
    return run.startAt === null || run.endAt === null ? null : run.endAt - run.startAt;
  if (run.runCount === 0) return null;
  const isRunning = run.state.type === StateType.Running && run.orphan === undefined;
  return run.runTimeMs + (isRunning ? Math.max(0, now - run.state.at) : 0);
}
