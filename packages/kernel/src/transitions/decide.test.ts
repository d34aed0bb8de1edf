/** The whole table: every state, proposal, move and proposer; then laws that hold for chains of proposals. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RunHolder } from '../runs/holder.ts';
import type { TaskRunRecord } from '../runs/task-run.ts';
import { isTerminalType } from '../states/predicates.ts';
import { StateType } from '../states/state.ts';
import { attemptsOf, firedPauseKeys } from './attempts.ts';
import { applyChanges } from './changes.ts';
import { decide } from './decide.ts';
import { exampleRun, exampleState } from './example-run.ts';
import { moves } from './moves.ts';
import { rules } from './rule-order.ts';
import type { Move, Proposal, Proposer, RunSnapshot, Verdict } from './proposal.ts';
import { historyMax } from './recorded-state.ts';
import { anyOrigin, anyType } from './state-sets.ts';

const proposers: readonly Proposer[] = ['engine', 'api', 'worker', 'service'];
const allMoves: readonly (Move | undefined)[] = [undefined, ...(Object.keys(moves) as Move[])];
const context = { now: 5_000, random: () => 0.5 };
const policy = { retries: 2, retryDelaysMs: [100], retryJitter: null };

const drivers = { session: ['engine'], client: ['client'], none: ['engine', 'client'] } as const;

function everySnapshot(): RunSnapshot[] {
  const snapshots: RunSnapshot[] = [];
  for (const kind of ['flow', 'task'] as const) {
    for (const from of anyOrigin) {
      for (const holder of ['session', 'client', 'none'] as const) {
        for (const driver of drivers[holder]) {
          for (const above of [null, ...anyType]) {
            const state = from === 'NONE' ? null : exampleState(from);
            const flowStateType = kind === 'task' ? above : null;
            const parent = kind === 'flow' && above !== null ? ({ stateType: above, holder: 'none' } as const) : null;
            const about = { policy, pauseKeys: ['fired'], flowStateType, parent, holder, driver };
            for (const hasResult of [true, false]) snapshots.push(exampleRun(kind, state, { ...about, hasResult }));
          }
        }
      }
    }
  }
  return snapshots;
}

function everyProposal(): Proposal[] {
  const proposals: Proposal[] = [];
  for (const type of anyType) {
    for (const by of proposers) {
      for (const move of allMoves)
        proposals.push({ state: exampleState(type), by, policy, ...(move === undefined ? {} : { move }) });
    }
  }
  return proposals;
}

function written(verdict: Verdict): StateType | null {
  if (verdict.status === 'ACCEPT') return verdict.changes.state.type;
  return verdict.status === 'REJECT' && verdict.changes !== null ? verdict.changes.state.type : null;
}

/** Calls with each combination; one expectation at the end, since there are some hundred thousand. */
function violations(breaks: (run: RunSnapshot, proposal: Proposal, verdict: Verdict) => boolean): string[] {
  const found: string[] = [];
  const proposals = everyProposal();
  for (const run of everySnapshot()) {
    for (const proposal of proposals) {
      const verdict = decide(run, proposal, context);
      if (breaks(run, proposal, verdict)) {
        found.push(
          `${run.kind} ${run.state?.type} -> ${proposal.state.type} by ${proposal.by} (${proposal.move}): ${JSON.stringify(verdict)}`,
        );
      }
    }
  }
  return found.slice(0, 5);
}

describe('decide, over all states, proposals, moves and proposers', () => {
  it('always answers with a verdict that says why it refuses', () => {
    expect(
      violations(
        (_run, _proposal, verdict) => verdict.status !== 'ACCEPT' && (verdict.reason === '' || verdict.rule === ''),
      ),
    ).toEqual([]);
  });

  it('leaves a terminal state only by a move that the table names', () => {
    const broken = violations((run, { move, by, state }, verdict) => {
      const from = run.state?.type;
      if (from === undefined || !isTerminalType(from) || written(verdict) === null) return false;
      const rule = move === undefined ? undefined : moves[move];
      return !(rule?.from.includes(from) && rule.to.includes(state.type) && rule.by.includes(by));
    });
    expect(broken).toEqual([]);
  });

  it('leaves CANCELLING only to CANCELLED', () => {
    expect(
      violations(
        (run, _proposal, verdict) =>
          run.state?.type === 'CANCELLING' && ![null, 'CANCELLED'].includes(written(verdict)),
      ),
    ).toEqual([]);
  });

  it('never starts a task in a flow that does not run', () => {
    const broken = violations((run, _proposal, verdict) => {
      if (run.kind !== 'task' || run.flowStateType === null || run.flowStateType === 'RUNNING') return false;
      return written(verdict) === 'RUNNING';
    });
    expect(broken).toEqual([]);
  });

  it('never moves a child on whose parent has ended', () => {
    const broken = violations((run, _proposal, verdict) => {
      if (run.parent === null || !isTerminalType(run.parent.stateType)) return false;
      if (run.state === null || !isTerminalType(run.state.type)) return false;
      const to = written(verdict);
      return to !== null && !isTerminalType(to);
    });
    expect(broken).toEqual([]);
  });

  it('gives a run that ends its end, and takes it from one that is left again', () => {
    const broken = violations((run, _proposal, verdict) => {
      const to = written(verdict);
      if (to === null || verdict.status === 'WAIT' || verdict.status === 'ABORT' || verdict.changes === null)
        return false;
      const wasEnded = run.state !== null && isTerminalType(run.state.type);
      const { endsAt } = verdict.changes;
      if (isTerminalType(to)) return wasEnded ? endsAt !== null : endsAt !== verdict.changes.state.at;
      return wasEnded ? endsAt !== 'clear' : endsAt !== null;
    });
    expect(broken).toEqual([]);
  });

  it('counts a start at most once, and only when RUNNING is entered', () => {
    const broken = violations((run, _proposal, verdict) => {
      if (verdict.status === 'WAIT' || verdict.status === 'ABORT' || verdict.changes === null) return false;
      const more = verdict.changes.runCount - run.runCount;
      return more !== 0 && !(more === 1 && verdict.changes.state.type === 'RUNNING');
    });
    expect(broken).toEqual([]);
  });

  it('writes for a flow run that its holder does not end what ends its children too', () => {
    const broken = violations((run, { by }, verdict) => {
      if (verdict.status === 'WAIT' || verdict.status === 'ABORT' || verdict.changes === null) return false;
      const ends = isTerminalType(verdict.changes.state.type);
      return (
        verdict.effects.some((effect) => effect.kind === 'end-children') !==
        (ends && run.kind === 'flow' && run.driver === 'engine' && !(run.holder === 'session' && by === 'engine'))
      );
    });
    expect(broken).toEqual([]);
  });

  it('asks every rule somewhere', () => {
    const deciders = new Set<string>();
    for (const run of everySnapshot()) {
      for (const proposal of everyProposal()) {
        const verdict = decide(run, proposal, context);
        if (verdict.status !== 'ACCEPT') deciders.add(verdict.rule);
      }
    }
    const amending = ['carry-scheduled-time', 'name-rerun', 'carry-deployment-lease'];
    const byDetails = ['refuse-duplicate', 'mark-late-once', 'pause-once', 'wait-for-scheduled-time'];
    const byNeeds = [
      'use-cached-value',
      'keep-deployment-slot',
      'take-deployment-slot',
      'take-client-tag-slots',
      'put-cached-value',
    ];
    expect(rules.map((rule) => rule.name).filter((name) => !deciders.has(name))).toEqual(
      rules.map((rule) => rule.name).filter((name) => [...amending, ...byDetails, ...byNeeds].includes(name)),
    );
  });
});

describe('chains of proposals', () => {
  const step = fc.record({
    type: fc.constantFrom(...anyType),
    move: fc.option(fc.constantFrom(...(Object.keys(moves) as Move[])), { nil: undefined }),
    /** Below 0: the proposer's clock is behind. */
    afterMs: fc.integer({ min: -1_000, max: 1_000 }),
    holder: fc.constantFrom<RunHolder>('session', 'none'),
  });

  it('keep a record whose counts and times fit its history', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const record = freshTaskRun();
        let now = 1_000_000;
        const times = [now];
        for (const { type, move, afterMs, holder } of steps) {
          now += afterMs;
          times.push(now);
          const proposal: Proposal = {
            state: { ...exampleState(type), at: now },
            by: 'engine',
            policy,
            ...(move === undefined ? {} : { move }),
          };
          const verdict = decide(snapshotFor(record, holder), proposal, { now, random: () => 0.5 });
          if (verdict.status === 'ACCEPT' || (verdict.status === 'REJECT' && verdict.changes !== null)) {
            applyChanges(record, verdict.changes ?? expect.unreachable());
          }
          expect(isTerminalType(record.state.type)).toBe(record.endAt !== null);
          expect(attemptsOf(record)).toBeLessThanOrEqual(record.runCount);
          expect(record.runTimeMs).toBeLessThanOrEqual(Math.max(...times) - Math.min(...times));
          expect(record.state.at).toBeGreaterThanOrEqual(record.history.at(-1)?.at ?? 0);
          if (record.endAt !== null) expect(record.endAt).toBeGreaterThanOrEqual(record.startAt ?? 0);
          if (record.runCount > 0) expect(record.startAt).not.toBeNull();
        }
      }),
    );
  });

  it('retry a failing body as often as its policy says, however often it is retried by hand', () => {
    fc.assert(
      fc.property(fc.nat(5), fc.nat(3), (retries, byHand) => {
        const record = freshTaskRun();
        const failing = { retries, retryDelaysMs: [], retryJitter: null };
        for (let round = 0; round <= byHand; round += 1) {
          let starts = 0;
          for (let open = true; open; ) {
            propose(record, {
              state: exampleState('RUNNING'),
              by: 'engine',
              ...(starts === 0 && round > 0 ? { move: 'retry' } : {}),
            });
            starts += 1;
            open =
              propose(record, { state: exampleState('FAILED'), by: 'engine', policy: failing }).status === 'REJECT';
          }
          expect(starts).toBe(retries + 1);
        }
        expect(record.runCount).toBe((retries + 1) * (byHand + 1));
      }),
    );
  });

  it('keep the history bounded', () => {
    const record = freshTaskRun();
    const endless = { retries: 1_000_000, retryDelaysMs: [], retryJitter: null };
    for (let attempt = 0; attempt < historyMax; attempt += 1) {
      propose(record, { state: exampleState('RUNNING'), by: 'engine' });
      propose(record, { state: exampleState('FAILED'), by: 'engine', policy: endless });
    }
    expect(record.history).toHaveLength(historyMax);
    expect(record.history[0]?.type).toBe('PENDING');
    expect(attemptsOf(record)).toBe(historyMax);
  });

  it('keep the messages of the history short, whatever the errors say', () => {
    const record = freshTaskRun();
    const state = { ...exampleState('FAILED'), message: `it failed: ${'😀'.repeat(40_000)}` };
    propose(record, { state: exampleState('RUNNING'), by: 'engine' });
    propose(record, { state, by: 'engine', policy: { retries: 1, retryDelaysMs: [], retryJitter: null } });
    expect(record.state.name).toBe('AwaitingRetry');
    expect(record.state.message).toMatch(/^it failed: .*truncated\]$/u);
    expect(record.state.message?.length).toBeLessThanOrEqual(4_096);
    expect(record.state.message?.isWellFormed()).toBe(true);
  });
});

function propose(record: TaskRunRecord, proposal: Proposal): Verdict {
  const verdict = decide(snapshotFor(record, 'session'), proposal, context);
  if (verdict.status === 'ACCEPT') applyChanges(record, verdict.changes);
  else if (verdict.status === 'REJECT' && verdict.changes !== null) applyChanges(record, verdict.changes);
  return verdict;
}

function snapshotFor(record: TaskRunRecord, holder: RunHolder): RunSnapshot {
  const { state, runCount } = record;
  const past = { attempt: attemptsOf(record), pauseKeys: firedPauseKeys(record) };
  return exampleRun('task', state, { ...past, runCount, policy, flowStateType: null, holder });
}

function freshTaskRun(): TaskRunRecord {
  return {
    id: 'run',
    name: 'run',
    kind: 'task',
    flowRunId: null,
    parentTaskRunId: null,
    taskKey: 'task',
    dynamicKey: null,
    replayKey: 'key',
    state: { ...exampleState(StateType.Pending), at: 1_000 },
    history: [],
    runCount: 0,
    flowRunCount: 0,
    sessionId: null,
    parameters: null,
    inputs: [],
    outcome: null,
    cacheKey: null,
    retryPolicy: null,
    tags: [],
    details: null,
    createdAt: 1_000,
    startAt: null,
    endAt: null,
    runTimeMs: 0,
    wakeAt: null,
  };
}
