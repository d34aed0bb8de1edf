/**
 * Makes the state of a run that users see (definitions/state.ts).
 */
import type { Run } from './model.ts';
import {
  type State as RecordedState,
  renderState,
  RunCancelled,
  RunFailed,
  RunPaused,
  StateType,
  cancelled,
  failed,
} from '@millrace/kernel';
import type { State } from '../definitions/state.ts';
import { messageOf } from './values.ts';

/** The end of a run that has settled or is about to. */
export type Ended = Pick<Run, 'settlement' | 'value'>;

/**
 * @param recorded the state to show; default: the run's as it is in this process
 * @param ended its end; default: that of the run
 */
export function stateOf<T>(run: Run, recorded: RecordedState = run.state, ended: Ended = run): State<T> {
  const { settlement, value } = ended;
  const { type, name, at, message, details } = isRefused(recorded, ended) ? refusedState(run, value) : recorded;
  const state = {
    type,
    name,
    at,
    message,
    details,
    runId: run.id,
    ...(settlement === 'completed' ? { value: value as T } : {}),
    ...(settlement === 'failed' ? { error: value } : {}),
  };
  // Not enumerable: a state is plain data that a run may return and a task may take.
  return Object.defineProperties(state, {
    result: { value: () => resultOf<T>(run, { type, name }, ended) },
    toString: { value: () => renderState({ type, name, message }) },
  }) as State<T>;
}

/** Whether it failed before it was recorded: its parameters were refused, or its name could not be made. */
function isRefused({ at }: RecordedState, { settlement }: Ended): boolean {
  return at === 0 && settlement === 'failed';
}

function refusedState(run: Run, error: unknown): RecordedState {
  const at = run.runtime.clock.now();
  const message = messageOf(error);
  return error instanceof RunCancelled ? cancelled(at, message) : failed(at, { message, retriable: false });
}

function resultOf<T>(run: Run, { type, name }: Pick<RecordedState, 'type' | 'name'>, ended: Ended): T {
  if (ended.settlement === 'completed') return ended.value as T;
  if (ended.settlement === 'failed') throw ended.value;
  if (type === StateType.Paused) throw new RunPaused({ runId: run.id, runName: run.name });
  throw new RunFailed({
    runId: run.id,
    runName: run.name,
    message: `Run '${run.name}' has not ended: it is ${name}. Await its future first.`,
  });
}
