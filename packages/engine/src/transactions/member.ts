/**
 * A task that completed in a transaction: its hooks are called when the transaction commits or rolls back.
 */
import type { Frame, KnownCall, Run } from '../runs/model.ts';
import { StateName, type TaskRunRecord, completed } from '@millrace/kernel';
import { LogLevel, writeLine } from '../context/logger.ts';
import { viewOf } from '../runs/run-view.ts';
import type { TaskDefinition } from '../definitions/definition.ts';
import type { CompletedTask, TransactionHook } from '../definitions/options.ts';
import { findTask } from '../runs/registry.ts';
import type { RunView } from '../definitions/run-context.ts';
import { callBeside } from '../context/hook-frame.ts';
import { createRun } from '../runs/run.ts';
import { messageOf } from '../runs/values.ts';
import { isOpen, openRecord } from './commit-mark.ts';
import { type Completed, completedTask } from './completed-task.ts';
import type { TransactionHandle } from './shared-values.ts';

export interface Member extends Completed {
  /** null = this execution neither called its body nor replayed it. */
  readonly run: Run | null;
  readonly onCommit: readonly TransactionHook[];
  readonly onRollback: readonly TransactionHook[];
  readonly cacheExpirationMs: number | null;
  /** Orders members that ended at the same instant. */
  readonly sequence: number;
  /** The values of the transaction that it completed in, which may be an inner one. */
  readonly values: TransactionHandle;
}

let memberCount = 0;

function nextSequence(): number {
  memberCount += 1;
  return memberCount;
}

/** Orders members by completion, across inner transactions and executions. */
export function byCompletion(left: Member, right: Member): number {
  return (left.record.endAt ?? 0) - (right.record.endAt ?? 0) || left.sequence - right.sequence;
}

/** Undefined = there is nothing to commit or to undo. */
export function memberOf(run: Run, known: KnownCall | null, values: TransactionHandle): Member | undefined {
  const { definition, execution } = run;
  const record = openRecord(run);
  if (definition.kind !== 'task' || record === undefined || execution === null) return undefined;
  return {
    run,
    record,
    execution,
    view: viewOf(run),
    definition,
    known,
    ...hooksOf(definition),
    sequence: nextSequence(),
    values,
  };
}

/**
 * A task below a run that was found completed. Its hooks are those of the task that this process has defined under the name.
 *
 * @param found the run that was called again and returned the recorded value
 */
export function memberBelow(found: Run, record: TaskRunRecord, values: TransactionHandle): Member | undefined {
  const { caller, execution } = found;
  if (caller === null || execution === null || !isOpen(record)) return undefined;
  const definition = (record.kind === 'task' ? findTask(record.taskKey) : undefined) ?? null;
  if (definition === null && record.kind === 'task') {
    const text = `No hooks are called for '${record.name}' in '${found.name}': this process has not defined '${record.taskKey}'.`;
    writeLine(caller, { level: LogLevel.warning, text, print: true });
  }
  const { id, name, tags, runCount, taskKey: definitionName } = record;
  const version = definition?.version ?? null;
  const view: RunView = { id, name, kind: 'task', definitionName, tags, runCount, version };
  return {
    run: null,
    record,
    execution,
    view,
    definition,
    known: null,
    ...hooksOf(definition),
    sequence: nextSequence(),
    values,
  };
}

function hooksOf(definition: TaskDefinition | null): Pick<Member, 'onCommit' | 'onRollback' | 'cacheExpirationMs'> {
  const { onCommit = [], onRollback = [], cacheExpirationMs = null } = definition ?? {};
  return { onCommit, onRollback, cacheExpirationMs };
}

/** Calls its commit hooks, in order. @throws the error of the first that fails */
export async function commitHooks(frame: Frame, member: Member): Promise<void> {
  const { onCommit, values } = member;
  if (onCommit.length === 0) return;
  const completed = await readable(frame, member);
  for (const hook of onCommit) await asHookOf(frame, member, () => hook(values, completed));
}

/** A hook is called even if a value can't be read, because it may not need it. */
async function readable(frame: Frame, member: Member): Promise<CompletedTask> {
  const completed = await completedTask(frame.run.engine, member);
  if (completed.missing !== undefined) {
    const text = `The hooks of '${member.view.name}' are called without its values: ${messageOf(completed.missing)}`;
    writeLine(frame, { level: LogLevel.warning, text, print: true });
  }
  return completed;
}

/** The hook's log lines belong to the completed run, which has settled. */
function asHookOf<T>(caller: Frame, { definition, record, execution }: Member, hook: () => T): T {
  if (definition === null) return hook();
  const run = createRun(caller.runtime, definition, { caller, args: [] });
  run.attach(record);
  run.joinExecution(execution);
  return callBeside(run, hook);
}

/** Calls its rollback hooks and records that it was undone. Logs all errors and returns the first. */
export async function undo(frame: Frame, member: Member): Promise<{ readonly error: unknown } | undefined> {
  const { onRollback, values, view } = member;
  let failed: { readonly error: unknown } | undefined;
  const completed = onRollback.length === 0 ? null : await readable(frame, member);
  for (const hook of onRollback.toReversed()) {
    try {
      if (completed !== null) await asHookOf(frame, member, () => hook(values, completed));
    } catch (error) {
      failed ??= { error };
      const text = `Rollback hook of '${view.name}' failed: ${messageOf(error)}`;
      writeLine(frame, { level: LogLevel.error, text, print: true });
    }
  }
  if (failed === undefined) await recordUndone(frame, member);
  return failed;
}

async function recordUndone({ runtime }: Frame, { run, record, execution }: Member): Promise<void> {
  const message = 'Rolled back with its transaction.';
  const state = completed(runtime.clock.now(), { name: StateName.RolledBack, message });
  execution.proposeTask(record, { state, by: 'engine', move: 'rollback' });
  // Recorded before the next one is undone, because after a crash the tasks that were undone have to run again.
  await execution.committed();
  run?.showState(record.state);
}
