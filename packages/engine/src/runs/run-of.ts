/**
 * Remembers the run that an error came from. The run is kept beside the error, because the caller gets the same object that the code threw.
 */
import { sharedByCopies } from '@millrace/kernel';
import type { Run } from './model.ts';
import type { RunView } from '../definitions/run-context.ts';
import { viewOf } from './run-view.ts';

const runs = sharedByCopies('run-of', () => new WeakMap<object, { readonly view: RunView; readonly rootId: string }>());

/**
 * Remembers the innermost run that this error ended, and returns the error.
 *
 * Code may throw one error object several times; runs of other trees don't count.
 */
export function rememberRun<TError>(error: TError, run: Run): TError {
  const rootId = run.tree.root.id;
  if (typeof error === 'object' && error !== null && runs.get(error)?.rootId !== rootId)
    runs.set(error, { view: viewOf(run), rootId });
  return error;
}

/**
 * The run that an error came from: the innermost whose code threw it.
 *
 * @param error the rejection of a call
 * @returns undefined when it came from no run (or isn't an object)
 * @example
 * try { await sums(10); } catch (error) { console.error(runOf(error)?.name, error); }
 */
export function runOf(error: unknown): RunView | undefined {
  return typeof error === 'object' && error !== null ? runs.get(error)?.view : undefined;
}
