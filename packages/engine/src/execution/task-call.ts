/** The identity of a task call under the body that makes it: task, input hash, and occurrence among equal calls (law 3). */
import type { Run } from '../runs/model.ts';
import { encodeValue, inputHash, type TaskRunInput, type TaskRunKind, type TaskRunRecord } from '@millrace/kernel';
import { withRunIds } from '../futures/resolve-inputs.ts';
import { hasTransactionHooks } from '../definitions/definition.ts';
import { keyCall, unseen } from './call-key.ts';
import { lookAgain } from '../runs/call-position.ts';
import { endRepetition } from './repeated-lines.ts';
import { taskRunName } from '../context/run-name.ts';
import { tagsOf } from '../context/tags.ts';

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
  /** Digest of the arguments; null = there are none, or it is a call outside any run. */
  readonly inputHash: string | null;
  readonly parameters: string | null;
  /** Characters of the arguments as text; 0 where they have none. */
  readonly argumentsLength: number;
  /** The record of an earlier execution, or of an earlier attempt of the flow. */
  readonly recorded: TaskRunRecord | undefined;
  readonly wakeAt: number | null;
}

export interface CallInputs {
  readonly args: readonly unknown[];
  readonly inputs: readonly TaskRunInput[];
  /** An upstream failed: the values of the arguments are not there to be hashed. */
  readonly notReady?: boolean;
  readonly kind?: TaskRunKind;
  readonly wakeAt?: number;
  /** The recorded arguments of a call that they don't identify. */
  readonly shown?: readonly unknown[];
  readonly fits?: (record: TaskRunRecord) => boolean;
  readonly looksAgain?: boolean;
}

/** @throws AmbiguousReplay when this may be any of several recorded calls */
export function identifyCall(run: Run, call: CallInputs): TaskCall {
  const { caller, definition } = run;
  const { kind = 'task', args, fits, looksAgain } = call;
  const lengthMax = hasTransactionHooks(definition) ? HOOKS_PARAMETERS_LENGTH_MAX : PARAMETERS_LENGTH_MAX;
  const keyed =
    caller === null
      ? null
      : keyCall(caller, run, {
          kind,
          args,
          fits,
          looksAgain,
          unready: call.notReady === true ? unreadyHash(run) : undefined,
        });
  const recorded = keyed?.recorded;
  const text = argumentsText(call.shown ?? args);
  return {
    kind,
    args,
    isReady: call.notReady !== true,
    inputs: call.inputs,
    key: keyed?.key ?? '',
    inputHash: keyed?.inputs ?? null,
    parameters: text !== null && text.length > lengthMax ? null : text,
    argumentsLength: text?.length ?? 0,
    recorded: recorded !== undefined && recorded.kind !== 'flow' ? recorded : undefined,
    wakeAt: call.wakeAt ?? null,
  };
}

/** As `identifyCall`, at once where the thread of the call can be seen, else after another look. */
export function identifySeen(run: Run, call: CallInputs): TaskCall | Promise<TaskCall> {
  try {
    return identifyCall(run, { ...call, looksAgain: true });
  } catch (error) {
    if (error !== unseen) throw error;
    return lookAgain(run).then(() => identifyCall(run, call));
  }
}

/** The call of a run whose inputs did not come: an upstream failed, or it was cancelled before they were there. */
export function unreadyCall(run: Run, inputs: readonly TaskRunInput[]): TaskCall {
  return identifyCall(run, { args: [], inputs, notReady: true });
}

/** By the runs that its inputs come from: the same call has the same when it is made again. */
function unreadyHash({ args, engine }: Run): string {
  return `not-ready:${inputHash(withRunIds(args ?? []), engine.digest).text}`;
}

/**
 * The call, whose inputs have come, in the row of an earlier attempt in which they did not: that row is this call's from now
 * on. What is recorded of the call with its inputs comes first.
 */
export function inUnreadyRow(run: Run, call: TaskCall): TaskCall {
  const { caller } = run;
  const recorded = caller?.run.execution?.recorded;
  if (caller === null || recorded === undefined || recorded.size === 0 || call.recorded !== undefined) return call;
  const { key, recorded: row } = keyCall(caller, run, { kind: call.kind, args: [], unready: unreadyHash(run) });
  if (row === undefined || row.kind === 'flow' || row.replayKey !== key) return call;
  run.identify(row.id);
  row.replayKey = call.key;
  row.name = taskRunName(run, call.args);
  row.parameters = call.parameters;
  row.inputs = call.inputs;
  return { ...call, recorded: row };
}

/** Queues the record of a call that has none yet. */
export function beginTask(run: Run, call: TaskCall): TaskRunRecord {
  const { caller, definition } = run;
  if (call.recorded !== undefined) {
    run.attach(call.recorded);
    return call.recorded;
  }
  if (caller !== null) endRepetition(caller.run);
  const record = execution(run).beginTaskRun({
    id: run.id,
    name: taskRunName(run, call.isReady ? call.args : null),
    kind: call.kind,
    parentTaskRunId: caller !== null && caller.run.kind === 'task' ? caller.run.id : null,
    taskKey: definition.name,
    replayKey: call.key,
    parameters: call.parameters,
    inputs: call.inputs,
    tags: tagsOf(run),
    wakeAt: call.wakeAt,
  });
  run.attach(record);
  return record;
}

function execution(run: Run): NonNullable<Run['execution']> {
  if (run.execution === null) throw new Error(`Run '${run.name}' has no execution: it has ended.`);
  return run.execution;
}

/** The arguments as text, for people and the graph; never a reason to fail. */
function argumentsText(args: readonly unknown[]): string | null {
  if (args.length === 0) return '[]';
  try {
    return encodeValue(args, 'arguments');
  } catch {
    return null;
  }
}
