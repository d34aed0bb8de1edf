/**
 * `step`: a one-off recorded task, for what must not be done (or drawn) twice: a time stamp, a random id, one request.
 */
import { currentRuntime } from '../runs/default-runtime.ts';
import { copiedOptions, definitionArguments, nameOf } from '../definitions/check-options.ts';
import { defineTask } from '../definitions/definition.ts';
import type { TaskOptions } from '../definitions/options.ts';
import { RunFuture } from '../futures/run-future.ts';

/**
 * Runs the function once and records its value; a body that is called again gets the recorded one.
 *
 * @param nameOrOptions its name within the run, or task options
 * @param body what is done; takes no arguments
 * @param more task options; `key` tells it from other steps of its name, whatever order they come in
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
  // Whatever the flow's runner: a function that is written where it is called is in no module that a worker could import.
  const definition = defineTask({ isolate: 'inline', ...options }, { body: checkedBody, location: null });
  return new RunFuture<Awaited<T>>(currentRuntime().start(definition, [], { recordKind: 'step' }));
}
