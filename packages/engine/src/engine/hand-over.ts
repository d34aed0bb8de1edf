/**
 * Hands a tree of runs over, because its process ends: the tree is released as it is recorded, and the next process continues it.
 *
 * The bodies see a crash: their signals are aborted, and their later calls are not recorded. No future of the tree settles here, because
 * the program would see a failure where there is none.
 */
import { crashed, type HandedOver, isTerminal, isTerminalType, type ProcessStopping } from '@millrace/kernel';
import type { Run, TaskRun } from '../runs/model.ts';
import { withChildren } from '../runs/drain.ts';

/** Why the process ends: for its runs and its program. */
export interface Leaving {
  /** Such as `SIGTERM`. */
  readonly reason: string;
  readonly cause: ProcessStopping;
}

/** An outermost run that the process handed over, and its state after that. */
export interface LeftRun {
  readonly id: string;
  readonly name: string;
  readonly kind: 'flow' | 'task';
  readonly became: HandedOver;
  /** This process served its flow: the next one that does goes on with it. */
  readonly isServed: boolean;
}

/** Drops the tree and gives its runs back. Resolves with what became of those that others can see. */
export async function handOver(root: Run, leaving: Leaving): Promise<readonly LeftRun[]> {
  const { engine } = root;
  const runs = [...withChildren(root)];
  const recorded = runs.filter((run) => run.record !== null && run.caller?.flow == null);
  for (const run of runs) run.abort(leaving.cause);
  const stopped = recorded.filter((run) => run.kind === 'task');
  const ended = stopped.map((run) => stopTask(run, leaving));
  const executions = runs.flatMap((run) => (run.kind === 'flow' ? (run.execution ?? []) : []));
  // Children first: what a parent's end gives back is its own.
  for (const run of runs.reverse()) run.evict();
  root.tree.reset();
  root.tree.onStir = null;
  for (const execution of executions.reverse()) execution.release();
  engine.rested();
  const flows = recorded.filter((run) => run.kind === 'flow');
  return [...(await Promise.all(flows.map((run) => leave(run, leaving)))), ...(await Promise.all(ended))];
}

/** A flow run whose bodies are gone from this process. */
export async function leave(run: Run, { reason }: Leaving): Promise<LeftRun> {
  const { engine, id, name, definition } = run;
  const isServed = engine.runPoller.hasServed(definition.name);
  const became = await engine.opened.handOver(id, {
    message: `Stopped by ${reason}: it has no key, and no process serves its flow. 'millrace flow-run resume' goes on with it.`,
    isServed,
  });
  return { id, name, kind: 'flow', became, isServed };
}

/** Outside any flow no process can take a task run up. */
async function stopTask(run: TaskRun, { reason }: Leaving): Promise<LeftRun> {
  const { id, name, record, execution } = run;
  const left = { id, name, kind: 'task', isServed: false } as const;
  if (record === null || execution === null || isTerminal(record.state)) return { ...left, became: 'gone' };
  const state = crashed(run.engine.clock.now(), `Stopped by ${reason}: its process ended before it did.`);
  execution.proposeTask(record, { state, by: 'service' });
  const isStopped = isTerminalType(record.state.type);
  await execution.committed();
  return { ...left, became: isStopped ? 'stopped' : 'gone' };
}
