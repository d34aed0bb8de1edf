/**
 * Pauses of the engine's own that are under way: what runs wait for that their records don't say. For people, and for whoever
 * has to tell that an engine stands still.
 */
import { sharedByCopies, type WaitReason } from '@millrace/kernel';
import type { Engine, Run } from './model.ts';

/** One pause. */
export interface Nap {
  /** epoch ms */
  readonly dueAt: number;
  /** What is waited for, where that is another run; null = the time itself. */
  readonly why: string | null;
}

/** One run that waits, and for what. */
export interface StandingRun {
  readonly run: Run;
  /** The flow run that signals go to, and that is resumed. */
  readonly flow: Run;
  readonly reason: WaitReason | { readonly kind: 'other'; readonly why: string } | null;
}

const byEngine = sharedByCopies('naps', () => new WeakMap<Engine, Map<Run, Nap>>());

/** @returns ends the note */
export function noteNap(run: Run, nap: Nap): () => void {
  const naps = byEngine.get(run.engine) ?? new Map<Run, Nap>();
  byEngine.set(run.engine, naps);
  naps.set(run, nap);
  return () => {
    if (naps.get(run) === nap) naps.delete(run);
  };
}

/** What the runs of an engine wait for. `isCertain`: nothing of them is at work, as far as the engine can see. */
export function standingRuns(engine: Engine): { readonly runs: readonly StandingRun[]; readonly isCertain: boolean } {
  const naps = byEngine.get(engine) ?? new Map<Run, Nap>();
  const runs: StandingRun[] = [];
  let isCertain = true;
  for (const root of engine.roots) {
    if (root.settlement !== 'pending') continue;
    if (root.isAway) {
      runs.push({ run: root, flow: root, reason: null });
      continue;
    }
    const { tree } = root;
    for (const run of tree.waits.keys())
      runs.push({ run, flow: run.caller?.flow?.run ?? root, reason: run.state.details?.reason ?? null });
    let napping = 0;
    for (const [run, { why, dueAt }] of naps) {
      if (run.tree !== tree || tree.waits.has(run)) continue;
      napping += 1;
      const reason = why === null ? ({ kind: 'retry', until: dueAt } as const) : ({ kind: 'other', why } as const);
      runs.push({ run, flow: run.caller?.flow?.run ?? root, reason });
    }
    if (tree.unsettled > tree.quiet + napping) isCertain = false;
  }
  return { runs, isCertain };
}
