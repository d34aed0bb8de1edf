/** Checks of arguments of the test engine, made at once because a crash that never happens or a double without a task would make a test pass. */
import { ConfigurationError } from '@millrace/kernel';
import type { CrashPoint, TestEngineOptions } from './options.ts';

/** @throws ConfigurationError for an invalid option */
export function checkOptions({ time, startAt }: TestEngineOptions): void {
  if (time !== undefined && time !== 'virtual' && time !== 'real')
    throw new ConfigurationError(`time of testEngine() must be 'virtual' or 'real', not ${shown(time)}.`);
  if (startAt !== undefined && !(startAt instanceof Date && Number.isFinite(startAt.getTime())))
    throw new ConfigurationError(`startAt of testEngine() must be a Date, not ${shown(startAt)}.`);
}

/** @throws ConfigurationError for an invalid crash point, with the valid forms */
export function checkCrashPoint(point: unknown): asserts point is CrashPoint {
  if (typeof point === 'string' && point !== '') return;
  if (typeof point === 'object' && point !== null) {
    const { task, occurrence = 1, writes } = point as Readonly<Record<string, unknown>>;
    if (task === undefined ? isCount(writes) : typeof task === 'string' && task !== '' && isCount(occurrence)) return;
  }
  const named = nameOf(point);
  const meant = named === undefined ? '' : ` Did you mean crashAfter('${named}')?`;
  throw new ConfigurationError(
    `crashAfter() takes a task's name, { task: 'name', occurrence: 2 } or { writes: 5 }, not ${shown(point)}.${meant}`,
  );
}

/** @throws ConfigurationError if `task` is not a task or the double is not a function */
export function checkDouble(task: unknown, body: unknown): void {
  if (nameOf(task) === undefined)
    throw new ConfigurationError(
      `mock() takes a task, not ${shown(task)}. A flow runs as it is: mock the tasks it calls.`,
    );
  if (typeof body !== 'function')
    throw new ConfigurationError(
      `mock() of task '${nameOf(task)}' takes a function as its double, not ${shown(body)}.`,
    );
}

function nameOf(task: unknown): string | undefined {
  if (typeof task !== 'function' || !('taskName' in task)) return undefined;
  return typeof task.taskName === 'string' ? task.taskName : undefined;
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 1;
}

function shown(value: unknown): string {
  if (typeof value === 'function' && 'flowName' in value) return `the flow '${String(value.flowName)}'`;
  if (nameOf(value) !== undefined) return `the task '${nameOf(value)}'`;
  if (typeof value === 'string') return `'${value.slice(0, 40)}'`;
  if (typeof value !== 'object' || value === null) return typeof value === 'function' ? 'a function' : String(value);
  return value instanceof Date ? 'an invalid Date' : `an object with ${Object.keys(value).join(', ') || 'nothing'}`;
}
