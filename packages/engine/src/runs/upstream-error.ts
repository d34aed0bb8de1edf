/** The run that caused an upstream error. Code that observes the error observes the failure of that run too. */
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

/** The run behind an upstream error, as shown in the state of runs that wait for it. */
export function upstreamOf(error: UpstreamError): Upstream {
  const run = blamed.get(error);
  const { runId, runName } = error.details;
  return { id: String(runId), name: String(runName), state: run === undefined ? 'Failed' : stateOf(run).name };
}

/** Marks the run behind an upstream error as observed. */
export function observeBlamed(error: unknown): void {
  if (error instanceof UpstreamError) blamed.get(error)?.observe();
}
