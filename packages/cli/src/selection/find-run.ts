/** Runs as people point at them: by id, by the beginning of an id, or by name. */
import { type FlowRunRecord, RunNotFound, type Runs, type TaskRunRecord } from '@millrace/kernel';
import { UsageError } from '../arguments/usage-error.ts';

const prefixLengthMin = 4;
const idStart = /^[0-9a-f]{1,8}(?:$|-)/i;

/**
 * The flow run that is meant.
 *
 * @param reference an id, at least its first 4 characters, or a run's name; of several runs of one name none is guessed
 * @throws RunNotFound when there is none; UsageError when it is too short, a task run's, or several runs have that name; ConfigurationError when several ids begin so
 */
export async function requireFlowRun(runs: Runs, reference: string): Promise<FlowRunRecord> {
  assertLongEnough(reference);
  const named = await runs.flowRuns({ name: reference, limit: 2 });
  if (named.length > 1)
    throw new UsageError(
      `Several flow runs are named '${reference}', such as ${named.map(({ id }) => id).join(' and ')}: give the id.`,
      { name: reference },
    );
  const isId = idStart.test(reference);
  const found = named[0] ?? (isId ? await runs.flowRun(reference.toLowerCase()) : undefined);
  if (found === undefined) {
    if (isId && (await runs.taskRun(reference.toLowerCase())) !== undefined)
      throw new UsageError(`'${reference}' is a task run: \`millrace task-run inspect ${reference}\` shows it.`);
    throw new RunNotFound({ runId: reference });
  }
  // Lists come without parts of the record.
  return (await runs.flowRun(found.id)) ?? found;
}

/**
 * The task run that is meant, by its id or at least the first 4 characters of it.
 *
 * @throws RunNotFound when there is none; UsageError when it is too short or a flow run's; ConfigurationError when several ids begin so
 */
export async function requireTaskRun(runs: Runs, reference: string): Promise<TaskRunRecord> {
  assertLongEnough(reference);
  const isId = idStart.test(reference);
  const found = isId ? await runs.taskRun(reference.toLowerCase()) : undefined;
  if (found === undefined) {
    if (isId && (await runs.flowRun(reference.toLowerCase())) !== undefined)
      throw new UsageError(`'${reference}' is a flow run: \`millrace flow-run inspect ${reference}\` shows it.`);
    throw new RunNotFound({ runId: reference });
  }
  return found;
}

function assertLongEnough(reference: string): void {
  if (reference.length >= prefixLengthMin) return;
  throw new UsageError(`'${reference}' is too short for a run: give at least ${prefixLengthMin} characters of its id.`);
}
