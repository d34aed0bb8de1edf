/**
 * The type of a rule: the transitions that it applies to, and one pure function.
 *
 * A rule that does not apply returns undefined, and the next one is called. The first rule that rejects, waits or aborts ends the decision.
 * A rule that amends the state passes it to the rules after it; a rule that needs an effect lets the decision continue too.
 */
import type { FlowRunDriver } from '../runs/flow-run.ts';
import type { State, StateType } from '../states/state.ts';
import type { Effect, Proposal, RunSnapshot } from './proposal.ts';

/** The origin of a transition: a state type, or nothing when the run is being made. */
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
  | { readonly kind: 'amend'; readonly state: State }
  /** Goes on; when the state is accepted, this happens with it. */
  | { readonly kind: 'need'; readonly effect: Effect };

export interface Rule {
  /** As its file is called. */
  readonly name: string;
  /** One sentence for the printed table. */
  readonly summary: string;
  /** The rule of Prefect that it stands for; null = ours. */
  readonly prefect: string | null;
  readonly of: 'flow' | 'task' | 'both';
  /** Whose runs it is about, where not both: this engine takes slots and looks into the cache by itself, a client does not. */
  readonly driver?: FlowRunDriver;
  readonly from: readonly Origin[];
  readonly to: readonly StateType[];
  /** Whether the rule is asked about a forced proposal too. Absent = it is not. */
  readonly holdsUnderForce?: boolean;
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

/** The state is accepted with this effect. */
export function need(effect: Effect): Ruling {
  return { kind: 'need', effect };
}
