/**
 * Amendments: changes to a recorded run that are no states, such as the infrastructure pid that a worker gives later. A state changes by a
 * proposal only, because the rules decide on it.
 */
import type { Json } from '../states/json.ts';
import type { FlowRunPolicy, RetryPolicy } from './flow-run.ts';

/** Fields of `details`: those given replace the recorded ones, null takes one away, the others stay. */
export type DetailsPatch = Readonly<Record<string, Json>>;

/** Changes to a flow run; what is absent stays. */
export interface FlowRunPatch {
  readonly name?: string;
  readonly flowVersion?: string | null;
  readonly tags?: readonly string[];
  readonly policy?: FlowRunPolicy;
  /** Encoded parameters by name. */
  readonly parameters?: string;
  /** Labels, job variables, infrastructure pid ... */
  readonly details?: DetailsPatch;
}

/** Changes to a task run that a client reports; what is absent stays. */
export interface TaskRunPatch {
  readonly name?: string;
  readonly tags?: readonly string[];
  readonly retryPolicy?: RetryPolicy | null;
  readonly details?: DetailsPatch;
}
