/**
 * `race`: the first run to end decides the result; the others are cancelled and awaited.
 */
import type { Frame, Run } from '../runs/model.ts';
import { ConfigurationError } from '@millrace/kernel';
import { currentFrame } from '../runs/frame.ts';
import { RunFuture } from './run-future.ts';
import { RunFutureList } from './run-future-list.ts';
import { waitForAll, waitForAny } from '../runs/waiting.ts';

/**
 * Keeps the first of some runs to end and cancels the rest; resolves when all of them have ended.
 *
 * @param futures at least one
 * @returns the value of the first to end
 * @throws its error, if it failed; ConfigurationError for an empty array, or for an element that is no future
 * @example
 * const page = await race([fetchFrom.submit('eu'), fetchFrom.submit('us')]);
 */
export async function race<TFuture extends RunFuture<unknown>>(futures: Iterable<TFuture>): Promise<Awaited<TFuture>> {
  if (futures === null || typeof futures !== 'object' || !(Symbol.iterator in futures))
    throw new ConfigurationError(`race() takes an array of futures, not ${String(futures)}.`);
  const known = futures instanceof RunFutureList ? await RunFutureList.runsOf(futures) : null;
  const runs =
    known ??
    [...futures].map((future: unknown) => {
      if (future instanceof RunFuture) return RunFuture.runOf(future);
      throw new ConfigurationError(
        'race() takes futures of runs, as .submit() and .map() give them: any other promise could not be cancelled.',
      );
    });
  if (runs.length === 0) throw new ConfigurationError('race() needs at least one future.');
  for (const run of runs) run.observe();
  const frame = currentFrame();
  const winner = await first(runs, frame);
  for (const run of runs) if (run !== winner) run.runtime.cancel(run, `'${winner.name}' ended first`);
  await waitForAll(runs, { frame, stopAtFailure: false });
  if (winner.settlement === 'failed') throw winner.value;
  return winner.value as Awaited<TFuture>;
}

/** The waiting body gives its permit back meanwhile. */
async function first(runs: readonly Run[], frame: Frame | undefined): Promise<Run> {
  const { promise, resolve } = Promise.withResolvers<Run>();
  for (const run of runs) run.onSettled(() => resolve(run));
  await waitForAny(runs, { frame, arrived: () => promise.then(() => {}) });
  return await promise;
}
