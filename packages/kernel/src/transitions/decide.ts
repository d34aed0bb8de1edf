/**
 * `decide`: decides on every proposed state change of flow runs and task runs, by any proposer (law 4). States that another process
 * reports as facts go through `mergeReport` (report.ts).
 *
 * Pure: time and randomness are arguments. It is called two or three times for each task run, so the rules that apply are looked up by
 * (kind, driver, from, to), and few apply to PENDING, RUNNING, COMPLETED.
 */
import type { FlowRunDriver } from '../runs/flow-run.ts';
import { isTerminalType } from '../states/predicates.ts';
import { type State, StateName, StateType } from '../states/state.ts';
import { changesFor } from './changes.ts';
import { rules } from './rule-order.ts';
import type { DecisionContext, Effect, Proposal, Proposer, RunSnapshot, Verdict } from './proposal.ts';
import type { Origin, Rule, RuleInput, Ruling } from './rule.ts';
import { anyOrigin, anyType } from './state-sets.ts';

type RulesTo = Readonly<Record<StateType, readonly Rule[]>>;
type RulesFrom = Readonly<Record<Origin, RulesTo>>;

const ruleIndex: Readonly<Record<'flow' | 'task', Readonly<Record<FlowRunDriver, RulesFrom>>>> = {
  flow: { engine: indexOf('flow', 'engine'), client: indexOf('flow', 'client') },
  task: { engine: indexOf('task', 'engine'), client: indexOf('task', 'client') },
};

/**
 * Decides on a proposed transition.
 *
 * @param run the run as it is now.
 * @param proposal the state that it is to enter.
 * @param context the instant of the decision (epoch ms) and a source of randomness.
 * @returns the verdict. Never throws.
 * @example
 * const verdict = decide(snapshot, { state: running(now), by: 'engine' }, { now, random });
 * if (verdict.status === 'ACCEPT') applyChanges(record, verdict.changes);
 */
export function decide(run: RunSnapshot, proposal: Proposal, context: DecisionContext): Verdict {
  const { state } = run;
  let proposed = proposal.state;
  const concerned = ruleIndex[run.kind][run.driver][state === null ? 'NONE' : state.type][proposed.type];
  if (concerned.length > 0) {
    const input: RuleInput = { run, proposal, proposed, now: context.now, random: context.random };
    let needed: Effect[] | null = null;
    for (const rule of concerned) {
      if (proposal.force === true && rule.holdsUnderForce !== true) continue;
      const ruling = rule.decide(input);
      if (ruling === undefined) continue;
      if (ruling.kind === 'amend') input.proposed = ruling.state;
      else if (ruling.kind === 'need') needed = [...(needed ?? []), ruling.effect];
      else return refusal(input, rule, ruling);
    }
    proposed = proposal.force === true ? withForce(input.proposed) : input.proposed;
    if (needed !== null) return acceptance(input, needed);
  }
  const changes = changesFor(run, proposed, proposal.move);
  return { status: 'ACCEPT', changes, effects: effectsOf(run, proposal, proposed) };
}

/** A forced state says so, because it may follow a state that no rule lets it follow. */
function withForce(state: State): State {
  return { ...state, details: { ...state.details, forced: true } };
}

function acceptance({ run, proposal, proposed }: RuleInput, needed: readonly Effect[]): Verdict {
  const changes = changesFor(run, proposed, proposal.move);
  return { status: 'ACCEPT', changes, effects: [...effectsOf(run, proposal, proposed), ...needed] };
}

function refusal(
  { run, proposal }: RuleInput,
  { name: rule }: Rule,
  ruling: Exclude<Ruling, { kind: 'amend' | 'need' }>,
): Verdict {
  const { reason } = ruling;
  if (ruling.kind === 'wait') return { status: 'WAIT', delayMs: ruling.delayMs, reason, rule };
  if (ruling.kind === 'abort') return { status: 'ABORT', reason, rule };
  if (ruling.state === null) return { status: 'REJECT', changes: null, effects: none, reason, rule };
  const state = withTransition(ruling.state, proposal.state.details?.transitionId);
  return {
    status: 'REJECT',
    changes: changesFor(run, state),
    effects: effectsOf(run, proposal, state),
    reason,
    rule,
  };
}

/** A proposer that got no answer proposes the same again: the state that took its place is known by the transition id. */
function withTransition(state: State, transitionId: string | undefined): State {
  return transitionId === undefined ? state : { ...state, details: { ...state.details, transitionId } };
}

const none: readonly Effect[] = [];
const releaseDeploymentSlot: Effect = { kind: 'release-deployment-slot' };
const slotsOnly: readonly Effect[] = [{ kind: 'release-slots' }];
const slotsAndChildren: readonly Effect[] = [{ kind: 'release-slots' }, { kind: 'end-children' }];

/**
 * A run that ends gives back what it holds. The engine that holds the run has ended what it started before; what a client's run has
 * started is reconciled later, because its reports may still come.
 */
function effectsOf(run: RunSnapshot, { by }: Proposal, to: State): readonly Effect[] {
  if (run.needs !== null && leavesDeploymentSlot(run, to)) return [...endEffects(run, by, to), releaseDeploymentSlot];
  return endEffects(run, by, to);
}

function endEffects(run: RunSnapshot, by: Proposer, to: State): readonly Effect[] {
  if (!isTerminalType(to.type)) return none;
  const endsChildren = run.kind === 'flow' && run.driver === 'engine' && !(run.holder === 'session' && by === 'engine');
  return endsChildren ? slotsAndChildren : slotsOnly;
}

/** A run that waits for its retry keeps its slot, because its process waits with it. */
function leavesDeploymentSlot({ needs }: RunSnapshot, to: State): boolean {
  if (needs?.deployment?.hasSlot !== true || to.name === StateName.AwaitingRetry) return false;
  return to.type !== StateType.Pending && to.type !== StateType.Running && to.type !== StateType.Cancelling;
}

function indexOf(kind: 'flow' | 'task', driver: FlowRunDriver): RulesFrom {
  const table = {} as Record<Origin, Record<StateType, readonly Rule[]>>;
  for (const from of anyOrigin) {
    const row = {} as Record<StateType, readonly Rule[]>;
    for (const to of anyType) row[to] = rulesFor(kind, driver, { from, to });
    table[from] = row;
  }
  return table;
}

/** The rules that have a say in this transition, in order. */
export function rulesFor(
  kind: 'flow' | 'task',
  driver: FlowRunDriver,
  { from, to }: { readonly from: Origin; readonly to: StateType },
): readonly Rule[] {
  return rules.filter(
    (rule) =>
      (rule.of === 'both' || rule.of === kind) &&
      (rule.driver ?? driver) === driver &&
      rule.from.includes(from) &&
      rule.to.includes(to),
  );
}
