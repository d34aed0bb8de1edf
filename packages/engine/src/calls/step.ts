/**
 * `step`: a recorded one-off task, for actions that must not be repeated: a time stamp, a random id, one request.
 */
import { currentRuntime } from '../runs/default-runtime.ts';
import { copiedOptions, definitionArguments, nameOf } from '../definitions/option-kinds.ts';
import { defineTask } from '../definitions/definition.ts';
import type { TaskOptions } from '../definitions/options.ts';
import { RunFuture } from '../futures/run-future.ts';

/**
 * Runs the function once and records its value; a body that is called again gets the recorded one.
 *
 * @param nameOrOptions its name within the run, or task options
 * @param body the function; takes no arguments
 * @param more task options; `key` distinguishes it from other steps of its name, in whatever order they come
 * @returns the value
 * @example
 * const stamp = await step('stamp', () => Date.now());
 * await Promise.all(ids.map(async (id) => step('visit', async () => visit(await found(id)), { key: id })));
 */
export function step<T>(
  nameOrOptions: string | (TaskOptions & { readonly name: string }),
  body: () => T,
  more: TaskOptions = {},
): RunFuture<Awaited<T>> {
  const [given, checkedBody] = definitionArguments<TaskOptions>('step', [nameOrOptions, body]);
  const options = copiedOptions(nameOf('task', given, checkedBody), given, more);
  // Inline by default, because a worker can't import a function that is written where it is called.
  const definition = defineTask({ isolate: 'inline', ...options }, { body: checkedBody, location: null });
  return new RunFuture<Awaited<T>>(currentRuntime().start(definition, [], { recordKind: 'step' }));
}
