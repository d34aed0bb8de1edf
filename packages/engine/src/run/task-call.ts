/**
 * What tells a call from all others: task, input hash, occurrence among equals, under the body that makes it (law 3).
 */
import type { Frame, Run } from './model.ts';
import {
  encodeValue,
  inputHash,
  replayKey,
  type TaskRunInput,
  type TaskRunKind,
  type TaskRunRecord,
} from '@millrace/kernel';
import { withRunIds } from '../futures/resolve-inputs.ts';
import { hasTransactionHooks } from '../define/definition.ts';
import { taskRunName } from './run-name.ts';
import { tagsOf } from './run-tags.ts';

/** Arguments over this many characters are not kept with the run: they are in the results they came from. */
const PARAMETERS_LENGTH_MAX = 4_096;

/** Of a task whose hooks undo it: they get its arguments, also in a process that did not make the call. */
const HOOKS_PARAMETERS_LENGTH_MAX = 65_536;

export interface TaskCall {
  readonly kind: TaskRunKind;
  readonly args: readonly unknown[];
  /** False = an upstream failed: there are no arguments. */
  readonly isReady: boolean;
  readonly inputs: readonly TaskRunInput[];
  readonly key: string;
  readonly parameters: string | null;
  /** The record of an earlier execution, or of an earlier attempt of the flow. */
  readonly recorded: TaskRunRecord | undefined;
  readonly wakeAt: number | null;
}

/** In place of the hash of inputs that never came: no call that has its inputs shares a key with these. */
export const NOT_READY = 'not-ready';

export interface CallInputs {
  readonly args: readonly unknown[];
  readonly inputs: readonly TaskRunInput[];
  /** An upstream failed: the values of the arguments are not there to be hashed. */
  readonly notReady?: boolean;
  readonly kind?: TaskRunKind;
  readonly wakeAt?: number;
}

export function identifyCall(run: Run, call: CallInputs): TaskCall {
  const { engine, caller, definition } = run;
  const hash = call.notReady === true ? unreadyHash(run) : inputHash(call.args, engine.digest);
  const kind = call.kind ?? 'task';
  const lengthMax = hasTransactionHooks(definition) ? HOOKS_PARAMETERS_LENGTH_MAX : PARAMETERS_LENGTH_MAX;
  const key = caller === null ? '' : keyIn(caller, { kind, name: definition.name }, hash);
  return {
    kind,
    args: call.args,
    isReady: call.notReady !== true,
    inputs: call.inputs,
    key,
    parameters: storableArguments(call.args, lengthMax),
    recorded: caller === null ? undefined : run.execution?.recorded.task(key),
    wakeAt: call.wakeAt ?? null,
  };
}

/** The call of a run whose inputs did not come: an upstream failed, or it was cancelled before they were there. */
export function unreadyCall(run: Run, inputs: readonly TaskRunInput[]): TaskCall {
  return identifyCall(run, { args: [], inputs, notReady: true });
}

/** By the runs that its inputs come from: the same call has the same when it is made again. */
function unreadyHash({ args, engine }: Run): string {
  return `${NOT_READY}:${inputHash(withRunIds(args ?? []), engine.digest) ?? ''}`;
}

/**
 * The call, whose inputs have come, in the row of an earlier attempt in which they did not: that row is this call's from now
 * on. What is recorded of the call with its inputs comes first.
 */
export function inUnreadyRow(run: Run, call: TaskCall): TaskCall {
  const { caller } = run;
  const recorded = caller?.run.execution?.recorded;
  if (caller === null || recorded === undefined || recorded.size === 0 || call.recorded !== undefined) return call;
  const key = keyIn(caller, { kind: call.kind, name: run.definition.name }, unreadyHash(run));
  const row = recorded.task(key);
  if (row === undefined || row.replayKey !== key) return call;
  run.id = row.id;
  row.replayKey = call.key;
  row.name = taskRunName(run, call.args);
  row.parameters = call.parameters;
  row.inputs = call.inputs;
  return { ...call, recorded: row };
}

interface Called {
  readonly kind: TaskRunKind | 'flow';
  readonly name: string;
}

/** The key of a call in this frame; each equal call gets the next occurrence. */
export function keyIn(frame: Frame, called: Called, hash: string | undefined): string {
  const taskKey = nameInKey(called);
  const occurrence = frame.occurrences.next(`${taskKey}\n${hash ?? ''}`);
  return replayKey({ parentScope: frame.childScope, taskKey, inputHash: hash, occurrence });
}

const prefixed = /^(?:task|step|sleep|signal|pause|flow):/;

/** Calls of one name and different kinds are different calls. A task goes without its kind, but for a name that has one. */
function nameInKey({ kind, name }: Called): string {
  return kind === 'task' && !prefixed.test(name) ? name : `${kind}:${name}`;
}

/** Queues the record of a call that has none yet. */
export function beginTask(run: Run, call: TaskCall): TaskRunRecord {
  const { caller, definition } = run;
  if (call.recorded !== undefined) {
    run.id = call.recorded.id;
    run.record = call.recorded;
    return call.recorded;
  }
  const record = execution(run).beginTaskRun({
    id: run.id,
    name: taskRunName(run, call.isReady ? call.args : null),
    kind: call.kind,
    parentTaskRunId: caller !== null && caller.run.definition.kind === 'task' ? caller.run.id : null,
    taskKey: definition.name,
    replayKey: call.key,
    parameters: call.parameters,
    inputs: call.inputs,
    tags: tagsOf(run),
    wakeAt: call.wakeAt,
  });
  run.record = record;
  return record;
}

function execution(run: Run): NonNullable<Run['execution']> {
  if (run.execution === null) throw new Error(`Run '${run.name}' has no execution: it has ended.`);
  return run.execution;
}

/** The arguments as text, for people and the graph; never a reason to fail. */
function storableArguments(args: readonly unknown[], lengthMax: number): string | null {
  if (args.length === 0) return '[]';
  try {
    const text = encodeValue(args, 'arguments');
    return text.length > lengthMax ? null : text;
  } catch {
    return null;
  }
}
