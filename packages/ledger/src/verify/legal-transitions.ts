/** The legal successions of state types, computed with `decide` for every pair and every move. */
import {
  decide,
  exampleRun,
  plainNames,
  StateName,
  StateType,
  type Move,
  type RunSnapshot,
  type State,
} from '@millrace/kernel';

const types = Object.values(StateType);
const moves: readonly (Move | undefined)[] = [undefined, 'recover', 'retry', 'resume', 'recompute', 'rollback'];

/** Whether a run of this kind may go from one type to the other, by any move and any proposer. */
export function isLegal(kind: 'flow' | 'task', from: StateType, to: StateType): boolean {
  let pairs = legal.get(kind);
  if (pairs === undefined) {
    pairs = pairsOf(kind);
    legal.set(kind, pairs);
  }
  return pairs.has(`${from} ${to}`);
}

/** Filled on first use: thousands of decisions, which only programs that verify should wait for. */
const legal = new Map<'flow' | 'task', ReadonlySet<string>>();

function pairsOf(kind: 'flow' | 'task'): ReadonlySet<string> {
  const found = new Set<string>();
  for (const from of types) {
    for (const to of types) {
      for (const move of moves) {
        for (const holder of ['session', 'none'] as const) {
          const run = exampleRun(kind, stateOf(from, undefined), { holder });
          const written = writtenBy(run, stateOf(to, move), move);
          if (written !== undefined) found.add(`${from} ${written}`);
        }
      }
    }
  }
  return found;
}

function writtenBy(snapshot: RunSnapshot, state: State, move: Move | undefined): StateType | undefined {
  const proposal = { state, by: 'engine', ...(move === undefined ? {} : { move }) } as const;
  const verdict = decide(snapshot, proposal, { now: 0, random: () => 0 });
  if (verdict.status === 'ACCEPT') return verdict.changes.state.type;
  return verdict.status === 'REJECT' ? verdict.changes?.state.type : undefined;
}

function stateOf(type: StateType, move: Move | undefined): State {
  const name = move === 'rollback' ? StateName.RolledBack : plainNames[type];
  return { type, name, at: 0, message: null, details: null };
}
