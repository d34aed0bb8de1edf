/** References to runs on the command line: an id, a prefix of an id, or a name. */
import { type FlowRunRecord, RunNotFound, type Runs, type TaskRunRecord } from '@millrace/kernel';
import { UsageError } from '../arguments/usage-error.ts';

const prefixLengthMin = 4;
const idStart = /^[0-9a-f]{1,8}(?:$|-)/i;

/**
 * Finds a flow run.
 *
 * @param reference an id, a prefix of at least 4 characters, or a name; a name that several runs have is refused
 * @throws RunNotFound if there is none; UsageError if the reference is too short, is that of a task run, or is the name of several runs;
 *   ConfigurationError if it is a prefix of several ids
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
  // Lists omit parts of the record.
  return (await runs.flowRun(found.id)) ?? found;
}

/**
 * Finds a task run by its id or a prefix of at least 4 characters.
 *
 * @throws RunNotFound if there is none; UsageError if the reference is too short or is that of a flow run; ConfigurationError if it is
 *   a prefix of several ids
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
