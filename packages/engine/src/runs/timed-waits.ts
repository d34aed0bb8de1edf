/**
 * The engine's own pauses, which are not recorded. They are listed with a description, for error messages and for tests that detect that an
 * engine stands still.
 */
import { sharedByCopies, type WaitReason } from '@millrace/kernel';
import type { Engine, Run } from './model.ts';

/** One pause. */
export interface TimedWait {
  /** epoch ms */
  readonly dueAt: number;
  /** The reason of the wait if it is another run; null = the time itself. */
  readonly why: string | null;
}

/** One waiting run, and the reason of its wait. */
export interface StandingRun {
  readonly run: Run;
  /** The flow run that receives signals and is resumed. */
  readonly flow: Run;
  readonly reason: WaitReason | { readonly kind: 'other'; readonly why: string } | null;
}

const byEngine = sharedByCopies('waits', () => new WeakMap<Engine, Map<Run, TimedWait>>());

/** @returns ends the note */
export function noteTimedWait(run: Run, wait: TimedWait): () => void {
  const waits = byEngine.get(run.engine) ?? new Map<Run, TimedWait>();
  byEngine.set(run.engine, waits);
  waits.set(run, wait);
  return () => {
    if (waits.get(run) === wait) waits.delete(run);
  };
}

/** The waiting runs of an engine. `isCertain`: none of its runs is at work, as far as the engine can see. */
export function standingRuns(engine: Engine): { readonly runs: readonly StandingRun[]; readonly isCertain: boolean } {
  const waits = byEngine.get(engine) ?? new Map<Run, TimedWait>();
  const runs: StandingRun[] = [];
  let isCertain = true;
  for (const root of engine.roots) {
    if (root.settlement !== 'pending') continue;
    if (root.hasNoBody) {
      runs.push({ run: root, flow: root, reason: null });
      continue;
    }
    const { tree } = root;
    for (const run of tree.waits.keys())
      runs.push({ run, flow: run.caller?.flow?.run ?? root, reason: run.state.details?.reason ?? null });
    let waiting = 0;
    for (const [run, { why, dueAt }] of waits) {
      if (run.tree !== tree || tree.waits.has(run)) continue;
      waiting += 1;
      const reason = why === null ? ({ kind: 'retry', until: dueAt } as const) : ({ kind: 'other', why } as const);
      runs.push({ run, flow: run.caller?.flow?.run ?? root, reason });
    }
    if (tree.unsettled > tree.idle + waiting) isCertain = false;
  }
  return { runs, isCertain };
}
