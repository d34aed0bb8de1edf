/** Waits for runs that another process owns: a run with the same key, or a run to resume that is running already. */
import { setTimeout as wait } from 'node:timers/promises';
import { type FlowRunRecord, isTerminal } from '@millrace/kernel';
import type { OutermostRun } from './run-session.ts';

/** The interval of the checks whether this process has claimed the run, because its owner has died. */
const pollMs = 200;

/** The present record of a run that another process owns or that has ended; undefined if this process owns it. */
export async function remoteRecord(run: OutermostRun): Promise<FlowRunRecord | undefined> {
  if (run.definition.kind === 'task' || run.record !== null || !run.engine.isOpen) return undefined;
  return await run.engine.opened.runs.flowRun(run.id);
}

/** Resolves when this process owns the run, when the run is over, or when nothing waits for it any more. */
export async function untilOwned(run: OutermostRun): Promise<void> {
  await run.identified();
  const over = new AbortController();
  void run.over().then(() => over.abort());
  while (run.definition.kind === 'flow' && run.record === null && !over.signal.aborted)
    await wait(pollMs, undefined, { ref: false, signal: over.signal }).catch(() => {});
}

/** A run at the end of the command. */
export interface FinalView {
  readonly run: OutermostRun;
  readonly name: string;
  /** Another process continues it; this one has stopped waiting. */
  readonly isUnfinished: boolean;
}

export async function finalView(run: OutermostRun): Promise<FinalView> {
  const stored = run.settlement === 'failed' || run.isHandedOver ? await remoteRecord(run) : undefined;
  return { run, name: stored?.name ?? run.name, isUnfinished: stored !== undefined && !isTerminal(stored.state) };
}
