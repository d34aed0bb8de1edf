/**
 * `waitFor`: the runs that must have succeeded before a call starts. Checked where it is written, because a value that is no future
 * would have no effect.
 */
import type { StartOptions } from '../runs/runtime.ts';
import { ConfigurationError } from '@millrace/kernel';
import { AllowFailure } from '../definitions/annotations.ts';
import { RunFuture } from './run-future.ts';
import { RunFutureList } from './run-future-list.ts';

/** A future, the futures of a map, or an array of them. The promise of a call is a future too. */
export type WaitFor = PromiseLike<unknown> | AllowFailure<unknown> | readonly WaitFor[];

/** @throws ConfigurationError for a value that is no future */
export function waitingFor(name: string, { waitFor }: { readonly waitFor?: WaitFor | undefined }): StartOptions {
  if (waitFor === undefined) return {};
  check(name, waitFor);
  return { waitFor: [waitFor] };
}

function check(name: string, given: WaitFor): void {
  if (Array.isArray(given)) {
    for (const one of given) check(name, one);
    return;
  }
  const future = given instanceof AllowFailure ? given.future : given;
  if (future instanceof RunFuture || future instanceof RunFutureList) return;
  throw new ConfigurationError(
    `waitFor of '${name}' takes futures of runs, as a call, .submit() and .map() give them; got ${shown(given)}. Await any other promise before the call.`,
    { option: 'waitFor' },
  );
}

function shown(given: unknown): string {
  return given instanceof Promise ? 'another promise' : given === null ? 'null' : `a ${typeof given}`;
}
