/** Prints the transition table as a page of documentation. It calls `decide` for each case, so that the page always equals the program. */
import type { FlowRunDriver } from '../runs/flow-run.ts';
import type { RunHolder } from '../runs/holder.ts';
import { StateType } from '../states/state.ts';
import { decide } from './decide.ts';
import { exampleRun, exampleState } from './example-run.ts';
import { moves } from './moves.ts';
import { rules } from './rule-order.ts';
import type { Proposer, RunSnapshot, Verdict } from './proposal.ts';
import type { Origin } from './rule.ts';
import { anyOrigin, anyType } from './state-sets.ts';

/** The page, in Markdown. */
export function describeTransitions(): string {
  return [
    '# Transitions',
    "Every change of a run's state that is proposed is decided by one pure function, `decide` (`packages/kernel/src/transitions/decide.ts`). A state that another process reports as a fact, such as those of a Python task, is merged by one pure function, `mergeReport` (`report.ts` beside it): any order and any repetition of the same reports gives the same record. There is no third door.",
    'This page is printed from its rules; a test holds it up to date.',
    '## Rules, in the order in which they are asked',
    'The first that rejects, waits or aborts ends it. What no rule refuses is accepted. Of a forced proposal only the rules that hold under force are asked; its effects happen as ever, and a process that held the run is fenced off.',
    table(
      ['Rule', 'Of', 'From', 'To', 'Force', 'What it does', "Prefect's"],
      rules.map((rule) => [
        `\`${rule.name}\``,
        `${rule.of === 'both' ? 'flow, task' : rule.of}${rule.driver === 'client' ? ' of a client' : ''}`,
        sides(rule.from, anyOrigin, ['NONE', StateType.Cancelling]),
        sides(rule.to, anyType, [StateType.Cancelled]),
        rule.holdsUnderForce === true ? 'holds' : '',
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
    '## Flow runs that a process of this engine holds, proposed by it',
    'Rows are left, columns entered; a plain proposal, no move, no force.',
    matrix({ kind: 'flow', holder: 'session', by: 'engine' }),
    '## Flow runs that no process holds',
    matrix({ kind: 'flow', holder: 'none', by: 'engine' }),
    '## Flow runs that a client drives, without a deployment, proposed by it',
    matrix({ kind: 'flow', holder: 'client', driver: 'client', by: 'api' }),
    '## Task runs, in a flow that runs',
    matrix({ kind: 'task', holder: 'session', by: 'engine' }),
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

interface Matrix {
  readonly kind: 'flow' | 'task';
  readonly holder: RunHolder;
  readonly driver?: FlowRunDriver;
  readonly by: Proposer;
}

function runIn(from: Origin, { kind, holder, driver = 'engine' }: Matrix): RunSnapshot {
  const state = from === 'NONE' ? null : exampleState(from);
  const needs = driver === 'client' ? { deployment: null, tagLimits: [], cached: null } : null;
  return exampleRun(kind, state, { hasResult: from === StateType.Completed, holder, driver, needs });
}

function matrix(of: Matrix): string {
  const rows = anyOrigin.map((from) => [
    from === 'NONE' ? 'none' : from,
    ...anyType.map((to) =>
      cell(decide(runIn(from, of), { state: exampleState(to), by: of.by }, { now: 1_000, random: () => 0 })),
    ),
  ]);
  return table(['', ...anyType], rows);
}

function cell(verdict: Verdict): string {
  if (verdict.status === 'ACCEPT') return 'yes';
  if (verdict.status === 'REJECT') return verdict.changes === null ? '-' : verdict.changes.state.type;
  return verdict.status === 'WAIT' ? 'wait' : 'stop';
}
