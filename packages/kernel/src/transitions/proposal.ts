/**
 * A proposed transition, and the verdict on it: the vocabulary of the one rule function (law 4).
 */
import type { RetryPolicy } from '../runs/flow-run.ts';
import type { State, StateType } from '../states/state.ts';

/** Who asks for the transition. Some moves are open to some of them only. */
export type Proposer = 'engine' | 'api' | 'worker' | 'service';

/** What a run looks like to the rules. The slots it needs are loaded into it before, and asked for as effects after. */
export interface RunSnapshot {
  readonly kind: 'flow' | 'task';
  readonly state: State | null;
  readonly runCount: number;
  readonly policy: RetryPolicy;
  /** Pause keys that have fired. */
  readonly pauseKeys: readonly string[];
  /** Whether the run has a result that can be read again. */
  readonly hasResult: boolean;
  /** Task runs: the enclosing flow run's state type; null = no flow. */
  readonly flowStateType: StateType | null;
  /** Whether a process is known to hold the run. */
  readonly held: boolean;
}

export interface Proposal {
  readonly state: State;
  readonly by: Proposer;
  /** What happened: a crash recovery keeps the attempt, the moves `retry`, `rerun` and `resume` may leave a terminal state. */
  readonly move?: 'recover' | 'retry' | 'resume' | 'rerun';
}

/** Changes to the run that go with an accepted state. */
export interface RunChanges {
  readonly state: State;
  readonly runCount: number;
  /** Set when entering RUNNING for the first time. */
  readonly startsAt: number | null;
  /** Set when entering a terminal state; 'clear' when leaving one. */
  readonly endsAt: number | 'clear' | null;
  /** Milliseconds to add to the run's time when it leaves RUNNING. */
  readonly ranMs: number;
}

/** What else must happen in the same transaction. */
export type Effect =
  | { readonly kind: 'release-slots' }
  | { readonly kind: 'cancel-children' }
  | { readonly kind: 'add-pause-key'; readonly key: string };

/**
 * ACCEPT: the proposed state is written. REJECT: another state is written (`changes`), or none (`changes` null: the run
 * stays as it is). WAIT: ask again in `delayMs`. ABORT: stop; nothing is written.
 */
export type Verdict =
  | { readonly status: 'ACCEPT'; readonly changes: RunChanges; readonly effects: readonly Effect[] }
  | { readonly status: 'REJECT'; readonly changes: RunChanges | null; readonly effects: readonly Effect[]; readonly reason: string }
  | { readonly status: 'WAIT'; readonly delayMs: number; readonly reason: string }
  | { readonly status: 'ABORT'; readonly reason: string };
