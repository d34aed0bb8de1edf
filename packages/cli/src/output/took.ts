/** How long a run took: the time in which its body ran, over all attempts, without what it waited between them. */
import { type State, StateType, type TaskRunKind } from '@millrace/kernel';

export interface Taking {
  readonly kind?: 'flow' | TaskRunKind;
  readonly state: State;
  readonly runCount: number;
  /** Of what is left behind: the present RUNNING is not in it. */
  readonly runTimeMs: number;
  readonly startAt: number | null;
  readonly endAt: number | null;
  /** It has no process: nothing runs. */
  readonly orphan?: unknown;
}

/** Milliseconds; null where no body ran. A sleep, a signal wait and a pause have none: they took as long as they waited. */
export function tookMs(run: Taking, now: number): number | null {
  if (run.kind !== undefined && waits.has(run.kind))
    return run.startAt === null || run.endAt === null ? null : run.endAt - run.startAt;
  if (run.runCount === 0) return null;
  const isRunning = run.state.type === StateType.Running && run.orphan === undefined;
  return run.runTimeMs + (isRunning ? Math.max(0, now - run.state.at) : 0);
}

const waits: ReadonlySet<string> = new Set(['sleep', 'signal', 'pause']);
