/**
 * Makes the argument of a transaction's hooks: a completed task with its arguments and its result as recorded, also when another process
 * completed it.
 */
import type { Engine, KnownCall, Run } from '../runs/model.ts';
import { decodeValue, describeValue, type Execution, MissingResult, type TaskRunRecord } from '@millrace/kernel';
import { hasTransactionHooks, type TaskDefinition } from '../definitions/definition.ts';
import type { CompletedTask } from '../definitions/options.ts';
import type { RunView } from '../definitions/run-context.ts';
import { decodeOutcome } from '../runs/values.ts';

export interface Completed {
  readonly record: TaskRunRecord;
  readonly execution: Execution;
  readonly view: RunView;
  /** null = this process has not defined the task. */
  readonly definition: TaskDefinition | null;
  /** null = this execution neither called its body nor replayed it, or it has no hooks. */
  readonly known: KnownCall | null;
}

/** @param live the value that the body returned just now; null = the call was found completed */
export function knownCall(
  { definition }: Run,
  call: Pick<KnownCall, 'args' | 'parameters'> | null,
  live: { readonly value: unknown } | null,
): KnownCall | null {
  if (call === null || !hasTransactionHooks(definition)) return null;
  const isRecorded = live === null || definition.persistResult;
  return {
    args: call.parameters === null ? call.args : [],
    parameters: call.parameters,
    value: isRecorded ? null : { unrecorded: live.value },
  };
}

/** Never rejects: a value that can't be read is undefined, with the reason in `missing`. */
export async function completedTask(engine: Engine, completed: Completed): Promise<CompletedTask> {
  const parameters = await tried(() => parametersOf(engine, completed));
  const result = await tried(() => resultOf(engine, completed));
  const missing = result.error ?? parameters.error;
  return {
    parameters: named(parameters.value ?? [], completed.definition),
    result: result.value,
    run: completed.view,
    ...(missing === undefined ? {} : { missing }),
  };
}

interface Read<T> {
  readonly value?: T;
  readonly error?: Error;
}

async function tried<T>(read: () => Promise<T>): Promise<Read<T>> {
  try {
    return { value: await read() };
  } catch (error) {
    return { error: error instanceof Error ? error : new Error(describeValue(error)) };
  }
}

/** Taken from the record where possible, because the body may have changed its arguments. */
async function parametersOf(engine: Engine, { record, known }: Completed): Promise<readonly unknown[]> {
  const text = known === null ? (await engine.opened.runs.taskRun(record.id))?.parameters : known.parameters;
  if (text !== null && text !== undefined) return decodeValue(text) as readonly unknown[];
  if (known !== null) return known.args;
  throw new Error(`The arguments of '${record.name}' were not recorded: they are too large, or can't be stored.`);
}

async function resultOf(engine: Engine, { record, execution, definition, known }: Completed): Promise<unknown> {
  if (known !== null && known.value !== null) return known.value.unrecorded;
  const text = await execution.outcome(record);
  if (text === null) throw new MissingResult({ runId: record.id, runName: record.name });
  return definition === null ? decodeValue(text) : await decodeOutcome(engine, definition, text);
}

/** In order, and under their names too, because users write parameters in both ways. */
function named(args: readonly unknown[], definition: TaskDefinition | null): CompletedTask['parameters'] {
  const list = [...args];
  const { parameterNames = [], restPosition = -1, contextPosition = -1 } = definition ?? {};
  for (const [index, name] of parameterNames.entries()) {
    if (index === contextPosition || name in list) continue;
    Object.defineProperty(list, name, { value: index === restPosition ? list.slice(index) : list[index] });
  }
  return list as unknown as CompletedTask['parameters'];
}
