/**
 * Which run an upstream error blames: who sees the error has seen that run's failure too.
 */
import { sharedByCopies, type Upstream, UpstreamError } from '@millrace/kernel';
import type { Run } from './model.ts';
import { stateOf } from './shown-state.ts';

const blamed = sharedByCopies('blame', () => new WeakMap<UpstreamError, Run>());

/** The error of a run that could not start because this one failed. */
export function upstreamError(run: Run): UpstreamError {
  const error = new UpstreamError({ runId: run.id, runName: run.name, cause: run.value });
  blamed.set(error, run);
  return error;
}

/** The run that an upstream error blames, as it is shown in the state of those that wait for it. */
export function upstreamOf(error: UpstreamError): Upstream {
  const run = blamed.get(error);
  const { runId, runName } = error.details;
  return { id: String(runId), name: String(runName), state: run === undefined ? 'Failed' : stateOf(run).name };
}

/** Marks the run behind an upstream error as looked at. */
export function observeBlamed(error: unknown): void {
  if (error instanceof UpstreamError) blamed.get(error)?.observe();
}
