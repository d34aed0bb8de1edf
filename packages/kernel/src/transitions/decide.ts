/**
 * The one function that decides on state changes, of flow runs and task runs, whoever proposes them (law 4).
 *
 * Pure: time and randomness are arguments. It is called two or three times for each task run, so the rules that have a say
 * are looked up by (kind, from, to), and the plain way PENDING, RUNNING, COMPLETED meets hardly any.
 */
import type { State, StateType } from '../states/state.ts';
import { isTerminalType } from '../states/predicates.ts';
import { changesFor } from './changes.ts';
import { rules } from './policies.ts';
import type { DecisionContext, Effect, Proposal, RunSnapshot, Verdict } from './proposal.ts';
import type { Origin, Rule, RuleInput, Ruling } from './rule.ts';
import { anyOrigin, anyType } from './state-sets.ts';

type RulesTo = Readonly<Record<StateType, readonly Rule[]>>;
type RulesFrom = Readonly<Record<Origin, RulesTo>>;

const ruleIndex: Readonly<Record<'flow' | 'task', RulesFrom>> = { flow: indexOf('flow'), task: indexOf('task') };

/**
 * Decides on a proposed transition.
 *
 * @param run what the run looks like now.
 * @param proposal the state somebody wants it to enter.
 * @param context the instant of the decision (epoch ms) and a source of randomness.
 * @returns the verdict. Never throws.
 * @example
 * const verdict = decide(snapshot, { state: running(now), by: 'engine' }, { now, random });
 * if (verdict.status === 'ACCEPT') applyChanges(record, verdict.changes);
 */
export function decide(run: RunSnapshot, proposal: Proposal, context: DecisionContext): Verdict {
  const { state } = run;
  let proposed = proposal.state;
  const concerned = ruleIndex[run.kind][state === null ? 'NONE' : state.type][proposed.type];
  if (concerned.length > 0) {
    const input: RuleInput = { run, proposal, proposed, now: context.now, random: context.random };
    for (const rule of concerned) {
      const ruling = rule.decide(input);
      if (ruling === undefined) continue;
      if (ruling.kind !== 'amend') return refusal(input, rule, ruling);
      input.proposed = ruling.state;
    }
    proposed = input.proposed;
  }
  const changes = changesFor(run, proposed, proposal.move);
  return { status: 'ACCEPT', changes, effects: effectsOf(run, proposal, proposed.type) };
}

function refusal(
  { run, proposal }: RuleInput,
  { name: rule }: Rule,
  ruling: Exclude<Ruling, { kind: 'amend' }>,
): Verdict {
  const { reason } = ruling;
  if (ruling.kind === 'wait') return { status: 'WAIT', delayMs: ruling.delayMs, reason, rule };
  if (ruling.kind === 'abort') return { status: 'ABORT', reason, rule };
  if (ruling.state === null) return { status: 'REJECT', changes: null, effects: none, reason, rule };
  const state = withTransition(ruling.state, proposal.state.details?.transitionId);
  return {
    status: 'REJECT',
    changes: changesFor(run, state),
    effects: effectsOf(run, proposal, state.type),
    reason,
    rule,
  };
}

/** Who did not hear the answer proposes the same again: the state that took its place is known by that. */
function withTransition(state: State, transitionId: string | undefined): State {
  return transitionId === undefined ? state : { ...state, details: { ...state.details, transitionId } };
}

const none: readonly Effect[] = [];
const slotsOnly: readonly Effect[] = [{ kind: 'release-slots' }];
const slotsAndChildren: readonly Effect[] = [{ kind: 'release-slots' }, { kind: 'end-children' }];

/** A run that ends gives back what it holds; only the engine that holds it has ended what it started before. */
function effectsOf(run: RunSnapshot, { by }: Proposal, to: StateType): readonly Effect[] {
  if (!isTerminalType(to)) return none;
  return run.kind === 'flow' && !(run.held && by === 'engine') ? slotsAndChildren : slotsOnly;
}

function indexOf(kind: 'flow' | 'task'): RulesFrom {
  const table = {} as Record<Origin, Record<StateType, readonly Rule[]>>;
  for (const from of anyOrigin) {
    const row = {} as Record<StateType, readonly Rule[]>;
    for (const to of anyType) row[to] = rulesFor(kind, from, to);
    table[from] = row;
  }
  return table;
}

/** The rules that have a say in this transition, in order. */
export function rulesFor(kind: 'flow' | 'task', from: Origin, to: StateType): readonly Rule[] {
  return rules.filter(
    (rule) => (rule.of === 'both' || rule.of === kind) && rule.from.includes(from) && rule.to.includes(to),
  );
}
