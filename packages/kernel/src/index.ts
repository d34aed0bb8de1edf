/** Entry of @millrace/kernel: The pure rules of Millrace: states, transitions, keys, retries, schedules and values. */
export type { FlowRunPolicy, FlowRunRecord, RetryPolicy } from './runs/flow-run.ts';
export type { TaskRunInput, TaskRunKind, TaskRunRecord } from './runs/task-run.ts';
export { isTerminal, StateName, StateType, type State, type StateDetails, type WaitReason } from './states/state.ts';
export type { Effect, Proposal, Proposer, RunChanges, RunSnapshot, Verdict } from './transitions/proposal.ts';
