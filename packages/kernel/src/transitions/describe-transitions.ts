/**
 * The transition table as a page of documentation. It asks `decide` itself, so that the page says what the program does.
 */
import { failed, plainNames, suspended } from '../states/constructors.ts';
import { type State, type StateDetails, StateType } from '../states/state.ts';
import { decide } from './decide.ts';
import { moves } from './moves.ts';
import { rules } from './policies.ts';
import type { RunSnapshot, Verdict } from './proposal.ts';
import type { Origin } from './rule.ts';
import { anyOrigin, anyType } from './state-sets.ts';

const at = 1_000;

/** The page, in Markdown. */
export function describeTransitions(): string {
  return [
    '# Transitions',
    "Every change of a run's state is decided by one pure function, `decide` (`packages/kernel/src/transitions/decide.ts`).",
    'This page is printed from its rules; a test holds it up to date.',
    '## Rules, in the order in which they are asked',
    'The first that rejects, waits or aborts ends it. What no rule refuses is accepted.',
    table(
      ['Rule', 'Of', 'From', 'To', 'What it does', "Prefect's"],
      rules.map((rule) => [
        `\`${rule.name}\``,
        rule.of === 'both' ? 'flow, task' : rule.of,
        sides(rule.from, anyOrigin, ['NONE', StateType.Cancelling]),
        sides(rule.to, anyType, [StateType.Cancelled]),
        rule.summary,
        rule.prefect ?? '',
      ]),
    ),
    '## Moves: the ways out of a terminal state',
    table(
      ['Move', 'From', 'To', 'By', 'What it means'],
      Object.entries(moves).map(([name, move]) => [
        `\`${name}\``,
        move.from.join(', '),
        move.to.join(', '),
        move.by.join(', '),
        move.summary,
      ]),
    ),
    '## Flow runs that a process holds',
    'Rows are left, columns entered; a plain proposal, no move.',
    matrix({ kind: 'flow', held: true }),
    '## Flow runs that no process holds',
    matrix({ kind: 'flow', held: false }),
    '## Task runs, in a flow that runs',
    matrix({ kind: 'task', held: true }),
    'yes = accepted; a state in capitals = that one is written in its place; `-` = refused, the run stays as it is; `stop` = refused,',
    'the proposer must stop. Not shown: waiting for a scheduled time, retries, pause keys and timeouts, which depend on more than the types.',
    '',
  ]
    .join('\n\n')
    .trimEnd()
    .concat('\n');
}

function sides(types: readonly string[], all: readonly string[], rarelyMissing: readonly string[]): string {
  const missing = all.filter((type) => !types.includes(type));
  if (missing.length === 0) return 'any';
  if (missing.length === 1 && missing.every((type) => rarelyMissing.includes(type))) {
    return missing[0] === 'NONE' ? 'any' : `any but ${missing.join(', ')}`;
  }
  return types.map((type) => (type === 'NONE' ? 'none' : type)).join(', ');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

function matrix(of: { readonly kind: 'flow' | 'task'; readonly held: boolean }): string {
  const rows = anyOrigin.map((from) => [
    from === 'NONE' ? 'none' : from,
    ...anyType.map((to) =>
      cell(decide(snapshotOf(of, from), { state: exampleState(to), by: 'engine' }, { now: at, random: () => 0 })),
    ),
  ]);
  return table(['', ...anyType], rows);
}

function snapshotOf(
  { kind, held }: { readonly kind: 'flow' | 'task'; readonly held: boolean },
  from: Origin,
): RunSnapshot {
  return {
    kind,
    state: from === 'NONE' ? null : exampleState(from),
    runCount: from === 'NONE' ? 0 : 1,
    attempt: 1,
    policy: { retries: 0, retryDelaysMs: [], retryJitter: null },
    pauseKeys: [],
    hasResult: from === StateType.Completed,
    flowStateType: kind === 'task' ? StateType.Running : null,
    parent: null,
    held,
  };
}

/** A state of this type with nothing special about it. */
export function exampleState(type: StateType, details: StateDetails | null = null): State {
  if (type === StateType.Paused && details?.reschedule === true) return suspended(at, { details });
  if (type === StateType.Failed) return failed(at, { message: 'boom', details });
  return { type, name: plainNames[type], at, message: null, details };
}

function cell(verdict: Verdict): string {
  if (verdict.status === 'ACCEPT') return 'yes';
  if (verdict.status === 'REJECT') return verdict.changes === null ? '-' : verdict.changes.state.type;
  return verdict.status === 'WAIT' ? 'wait' : 'stop';
}
