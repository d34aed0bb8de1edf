/**
 * A proposed transition, and the verdict on it: the vocabulary of the one rule function (law 4).
 */
import type { RetryPolicy } from '../runs/flow-run.ts';
import type { State, StateType } from '../states/state.ts';

/** Who asks for the transition. Some moves are open to some of them only. */
export type Proposer = 'engine' | 'api' | 'worker' | 'service';

/**
 * What a proposal is part of, where the plain transition would not be allowed. See `moves.ts` for what each may leave.
 * `recover`: taken up after its process died; `retry`: tried again; `recompute`: its value is gone, and is
 * computed again; `resume`: goes on from where it stopped;
 * `rollback`: what a completed task did was undone.
 */
export type Move = 'recover' | 'retry' | 'resume' | 'recompute' | 'rollback';

/** What a run looks like to the rules. Whoever decides may use one object again and again: `decide` keeps nothing of it. */
export interface RunSnapshot {
  readonly kind: 'flow' | 'task';
  /** null = the run is about to be made. */
  readonly state: State | null;
  /** How often a body was started. */
  readonly runCount: number;
  /** How many of those starts its retries are counted against: see `attemptsOf`. Read only when the run failed. */
  readonly attempt: number;
  readonly policy: RetryPolicy;
  /** Pause keys that have fired: see `firedPauseKeys`. Read only when the run is to be paused. */
  readonly pauseKeys: readonly string[];
  /** Whether the run has a result that can be read again. */
  readonly hasResult: boolean;
  /** Task runs: the enclosing flow run's state type; null = no flow. */
  readonly flowStateType: StateType | null;
  /** Flow runs: the flow run above; null = outermost. Read only when a run that has ended is moved on. */
  readonly parent: { readonly stateType: StateType; readonly held: boolean } | null;
  /** Whether a live process is known to hold the run. */
  readonly held: boolean;
}

/** A state that somebody wants a run to enter. */
export interface Proposal {
  readonly state: State;
  readonly by: Proposer;
  readonly move?: Move;
  /** Task runs that failed: how they are retried. It is in the program, not in the row; absent = never. Ignored for flow runs. */
  readonly policy?: RetryPolicy;
}

/** What a decision may depend on beside the run and the proposal. */
export interface DecisionContext {
  /** Epoch ms. */
  readonly now: number;
  /** 0 <= n < 1. */
  readonly random: () => number;
}

/** Changes to the run that go with an accepted state. */
export interface RunChanges {
  readonly state: State;
  readonly runCount: number;
  /** Epoch ms; set when the run starts for the first time (or ends without having started). */
  readonly startsAt: number | null;
  /** Epoch ms, set when entering a terminal state; 'clear' when leaving one. */
  readonly endsAt: number | 'clear' | null;
  /** Milliseconds to add to the run's time when it leaves RUNNING. */
  readonly ranMs: number;
}

/** What else must happen in the same transaction. */
export type Effect =
  /** Slots that the run still holds are given back. */
  | { readonly kind: 'release-slots' }
  /** Nobody runs the children of this run any more: the unfinished ones end as it does. */
  | { readonly kind: 'end-children' };

/**
 * ACCEPT: the proposed state is written. REJECT: another state is written (`changes`), or none (`changes` null: the run
 * stays as it is). WAIT: ask again in `delayMs`. ABORT: stop; nothing is written. `rule` names what decided, for programs;
 * `reason` says it to people.
 */
export type Verdict =
  | { readonly status: 'ACCEPT'; readonly changes: RunChanges; readonly effects: readonly Effect[] }
  | {
      readonly status: 'REJECT';
      readonly changes: RunChanges | null;
      readonly effects: readonly Effect[];
      readonly reason: string;
      readonly rule: string;
    }
  | { readonly status: 'WAIT'; readonly delayMs: number; readonly reason: string; readonly rule: string }
  | { readonly status: 'ABORT'; readonly reason: string; readonly rule: string };
