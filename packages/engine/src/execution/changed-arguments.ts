/**
 * Warns of a body that changes its arguments, because a replay does not call the body and so loses the change. The hash of the arguments
 * after the body differs from the hash before.
 */
import { inputHash } from '@millrace/kernel';
import { LogLevel, writeLine } from '../context/logger.ts';
import { isolationOf } from './cached-call.ts';
import type { Frame, TaskRun } from '../runs/model.ts';
import type { TaskCall } from './task-call.ts';

/** Arguments of more characters are not hashed again: that would cost more than the call. */
const LENGTH_MAX = 65_536;

/** Tasks that were found to change their arguments, by the outermost run: each is said once. */
const saidIn = new WeakMap<object, Set<string>>();

export function warnOfChangedArguments(run: TaskRun, frame: Frame, call: TaskCall): void {
  const { args, inputHash: before } = call;
  if (before === null || !args.some(isObject)) return;
  const { name } = run.definition;
  const said = saidIn.get(run.tree);
  if (frame.flow === null || call.argumentsLength > LENGTH_MAX || said?.has(name) === true) return;
  // An isolated body has copies.
  if (isolationOf(run) !== null || inputHash(args, run.engine.digest).text === before) return;
  if (said === undefined) saidIn.set(run.tree, new Set([name]));
  else said.add(name);
  writeLine(frame, {
    level: LogLevel.warning,
    text: `An argument of task '${name}' was changed while the task ran. The change is not recorded: after a crash, at a retry of the flow or when the value comes from a cache, the body is not called and the change is lost. Return the changed value instead.`,
    print: true,
  });
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}
