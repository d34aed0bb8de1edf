/** A run with plain values, which the printed table, the checks of a store and the tests pass to `decide`. */
import { failed, plainNames, suspended } from '../states/constructors.ts';
import { type State, type StateDetails, StateType } from '../states/state.ts';
import type { RunSnapshot } from './proposal.ts';

const at = 1_000;

/** A state of this type with nothing special about it. */
export function exampleState(type: StateType, details: StateDetails | null = null): State {
  if (type === StateType.Paused && details?.reschedule === true) return suspended(at, { details });
  if (type === StateType.Failed) return failed(at, { message: 'boom', details });
  return { type, name: plainNames[type], at, message: null, details };
}

/** A flow run of this engine that its process holds, or a task run in one that is RUNNING; without retries, pauses and a result. */
export function exampleRun(kind: 'flow' | 'task', state: State | null, over: Partial<RunSnapshot> = {}): RunSnapshot {
  const runCount = state === null ? 0 : 1;
  return {
    kind,
    state,
    runCount,
    attempt: 1,
    policy: { retries: 0, retryDelaysMs: [], retryJitter: null },
    pauseKeys: [],
    hasResult: false,
    flowStateType: kind === 'task' ? StateType.Running : null,
    parent: null,
    holder: 'session',
    driver: 'engine',
    needs: null,
    ...over,
  };
}
