/** Runs that this process waits for and another one has: under their key, or as it was told to resume what is running already. */
import { setTimeout as wait } from 'node:timers/promises';
import { type FlowRunRecord, isTerminal } from '@millrace/kernel';
import type { OutermostRun } from './run-session.ts';

/** How often a run that another process holds is looked at: it may die, and then the run is ours. */
const heldLookMs = 200;

/** What is recorded now of a run that has begun and is not in this process's hands; undefined = it is. */
export async function othersRecord(run: OutermostRun): Promise<FlowRunRecord | undefined> {
  if (run.definition.kind === 'task' || run.record !== null || !run.engine.isOpen) return undefined;
  return await run.engine.opened.runs.flowRun(run.id);
}

/** Resolves when the run is this process's own, or over, or no longer waited for. */
export async function untilOurs(run: OutermostRun): Promise<void> {
  await run.begun();
  const over = new AbortController();
  void run.over().then(() => over.abort());
  while (run.definition.kind === 'flow' && run.record === null && !over.signal.aborted)
    await wait(heldLookMs, undefined, { ref: false, signal: over.signal }).catch(() => {});
}

/** A run at the end of the command. */
export interface LastSeen {
  readonly run: OutermostRun;
  readonly name: string;
  /** It is another process's, and not over: this one only stopped waiting. */
  readonly goesOn: boolean;
}

export async function lastSeen(run: OutermostRun): Promise<LastSeen> {
  const stored = run.settlement === 'failed' || run.isHandedOver ? await othersRecord(run) : undefined;
  return { run, name: stored?.name ?? run.name, goesOn: stored !== undefined && !isTerminal(stored.state) };
}
