/** The moves, which are the only ways out of a terminal state (law 4). A transition that is not in this table is refused. */
import { StateType } from '../states/state.ts';
import type { Move, Proposer } from './proposal.ts';

/** The transitions that one move allows. */
export interface MoveRule {
  /** One sentence for the printed table. */
  readonly summary: string;
  readonly from: readonly StateType[];
  readonly to: readonly StateType[];
  readonly by: readonly Proposer[];
}

const startAgain: readonly StateType[] = [StateType.Scheduled, StateType.Pending, StateType.Running];
const everyProposer: readonly Proposer[] = ['engine', 'api', 'worker', 'service'];

/** The table, by move. */
export const moves: Readonly<Record<Move, MoveRule>> = {
  retry: {
    summary: 'Tried again in the same run, as a new attempt; its retries are counted afresh.',
    from: [StateType.Failed, StateType.Cancelled, StateType.Crashed],
    to: startAgain,
    by: everyProposer,
  },
  recompute: {
    summary: 'Computed again in the same run; one that completed only when its result can no longer be read.',
    from: [StateType.Completed, StateType.Failed, StateType.Cancelled, StateType.Crashed],
    to: startAgain,
    by: everyProposer,
  },
  resume: {
    summary: 'Goes on where it stopped: a crashed run with the attempt it was in, any other with a new one.',
    from: [StateType.Failed, StateType.Cancelled, StateType.Crashed],
    to: startAgain,
    by: everyProposer,
  },
  recover: {
    summary: 'Taken up by a new process after its own died, with the attempt it was in.',
    from: [StateType.Crashed],
    to: startAgain,
    by: ['engine', 'worker', 'service'],
  },
  rollback: {
    summary: 'What a completed task did was undone: it stays COMPLETED under the name RolledBack.',
    from: [StateType.Completed],
    to: [StateType.Completed],
    by: ['engine'],
  },
};
