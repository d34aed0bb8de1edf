/**
 * What a rule is: from which states to which it has a say, and one pure function.
 *
 * A rule that is not concerned answers undefined and the next one is asked. The first to reject, wait or abort ends it;
 * one that amends hands its state to those after it.
 */
import type { State, StateType } from '../states/state.ts';
import type { Proposal, RunSnapshot } from './proposal.ts';

/** What a transition comes from: a state type, or nothing when the run is being made. */
export type Origin = StateType | 'NONE';

/** Everything a rule sees. */
export interface RuleInput {
  readonly run: RunSnapshot;
  readonly proposal: Proposal;
  /** The state that would be written: as proposed, or as amended by an earlier rule. */
  proposed: State;
  readonly now: number;
  readonly random: () => number;
}

export type Ruling =
  /** Another state is written, or (null) none. */
  | { readonly kind: 'reject'; readonly state: State | null; readonly reason: string }
  | { readonly kind: 'wait'; readonly delayMs: number; readonly reason: string }
  | { readonly kind: 'abort'; readonly reason: string }
  /** Goes on with another form of the proposed state; its type stays. */
  | { readonly kind: 'amend'; readonly state: State };

export interface Rule {
  /** As its file is called. */
  readonly name: string;
  /** One sentence for the printed table. */
  readonly summary: string;
  /** The rule of Prefect that it stands for; null = ours. */
  readonly prefect: string | null;
  readonly of: 'flow' | 'task' | 'both';
  readonly from: readonly Origin[];
  readonly to: readonly StateType[];
  decide(input: RuleInput): Ruling | undefined;
}

/** Another state is written in place of the proposed one, or none. */
export function reject(reason: string, state: State | null = null): Ruling {
  return { kind: 'reject', state, reason };
}

/** Nothing is written; the proposer asks again after `delayMs`. */
export function wait(delayMs: number, reason: string): Ruling {
  return { kind: 'wait', delayMs, reason };
}

/** Nothing is written; the proposer stops. */
export function abort(reason: string): Ruling {
  return { kind: 'abort', reason };
}

/** The proposed state in another form. */
export function amend(state: State): Ruling {
  return { kind: 'amend', state };
}
