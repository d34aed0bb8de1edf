/**
 * A run's state as users see it: Prefect's type and name, with the result within reach.
 */
import type { StateDetails, StateType } from '@millrace/kernel';

/**
 * The state of a run, with a typed result.
 *
 * @example
 * const state = await fetchUser.state(7);
 * if (state.type === 'FAILED') console.error(state.error);
 */
export interface State<T = unknown> {
  readonly type: StateType;
  readonly name: string;
  /** When it was entered (epoch ms). */
  readonly at: number;
  readonly message: string | null;
  readonly details: StateDetails | null;
  /** The run that is in this state. */
  readonly runId: string;
  /** COMPLETED: the value. */
  readonly value?: T;
  /** FAILED, CRASHED, CANCELLED, NotReady: the error. */
  readonly error?: unknown;
  /** The value. Throws the run's error; RunPaused, or RunFailed, when it has not ended. */
  result(): T;
  /** `Name("message", type=TYPE)`, as Prefect prints it. */
  toString(): string;
}
