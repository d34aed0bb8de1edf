/** The types of `decide` (law 4): a proposed transition, the snapshot of its run, and the verdict. */
import type { LimitUse } from '../limits/slots.ts';
import type { FlowRunDriver, RetryPolicy } from '../runs/flow-run.ts';
import type { RunHolder } from '../runs/holder.ts';
import type { Json } from '../states/json.ts';
import type { State, StateType } from '../states/state.ts';

/** The proposer of a transition. Some moves are open to some proposers only. */
export type Proposer = 'engine' | 'api' | 'worker' | 'service';

/**
 * The operation that a proposal is part of, where the plain transition would not be allowed. See `moves.ts` for what each may leave.
 * `recover`: taken up after its process died; `retry`: tried again; `recompute`: its value is gone, and is
 * computed again; `resume`: goes on from where it stopped;
 * `rollback`: what a completed task did was undone.
 */
export type Move = 'recover' | 'retry' | 'resume' | 'recompute' | 'rollback';

/** A run as the rules see it. A caller may use one object again and again, because `decide` keeps nothing of it. */
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
  readonly parent: { readonly stateType: StateType; readonly holder: RunHolder } | null;
  /** The holder of the run; a task run has the holder of its flow run. */
  readonly holder: RunHolder;
  /** The process that calls the bodies of the flow run: this engine, or a client. */
  readonly driver: FlowRunDriver;
  /** Things that the run takes with a state; null = its proposer takes them by itself, as this engine does. */
  readonly needs: RunNeeds | null;
}

/** Things that a client's run shares with others. The rules see how much is left; taking it is an effect. */
export interface RunNeeds {
  /** Flow runs: the deployment that the run was made from; null = none. */
  readonly deployment: DeploymentUse | null;
  /** Task runs: the limits of its tags. */
  readonly tagLimits: readonly LimitUse[];
  /** Task runs: what is stored under the cache key of the proposal; null = nothing that is still good. */
  readonly cached: { readonly data: Json } | null;
}

/** A deployment, and the limit of runs that it may have at once. */
export interface DeploymentUse {
  /** null = there is no limit. */
  readonly limit: number | null;
  /** Slots that other runs have. */
  readonly occupied: number;
  /** Whether this run has a slot. */
  readonly hasSlot: boolean;
  /** Whether a run that finds no slot waits for one, or is cancelled. */
  readonly whenFull: 'wait' | 'cancel';
}

/** A state that a run is to enter. */
export interface Proposal {
  readonly state: State;
  readonly by: Proposer;
  readonly move?: Move;
  /** Asks only the rules that hold under force: the run enters the state whatever state it is in. Effects happen as ever. */
  readonly force?: boolean;
  /** Task runs that failed: how they are retried. It is in the program, not in the row; absent = never. Ignored for flow runs. */
  readonly policy?: RetryPolicy;
}

/** The inputs of a decision beside the run and the proposal. */
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

/** A change beside the run's own, in the same transaction. */
export type Effect =
  /** Slots that the run still holds are given back. */
  | { readonly kind: 'release-slots' }
  /** No process runs the children of this run any more: the unfinished ones end as it does. */
  | { readonly kind: 'end-children' }
  /** The run takes a slot of its deployment's limit, or goes on with the one that it has. */
  | { readonly kind: 'take-deployment-slot' }
  /** The run gives its slot of the deployment's limit back. */
  | { readonly kind: 'release-deployment-slot' }
  /** The run takes a slot of each of these limits. */
  | { readonly kind: 'take-tag-slots'; readonly names: readonly string[] }
  /** The data of the state is stored under this cache key. */
  | { readonly kind: 'put-cached'; readonly cacheKey: string };

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
