/** Each rule's own table. What holds for all of them together is in `decide.test.ts`. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  crashed,
  awaitingRetry,
  cancelled,
  completed,
  failed,
  pending,
  resuming,
  running,
  scheduled,
  suspended,
} from '../states/constructors.ts';
import { type State, type StateDetails, StateType } from '../states/state.ts';
import { decide } from './decide.ts';
import { exampleState } from './example-run.ts';
import type { Proposal, RunSnapshot, Verdict } from './proposal.ts';

const now = 10_000;
const random = (): number => 0.5;
const noRetries = { retries: 0, retryDelaysMs: [], retryJitter: null };

function run(state: State | null, over: Partial<RunSnapshot> = {}): RunSnapshot {
  const runCount = state === null || state.type === 'PENDING' || state.type === 'SCHEDULED' ? 0 : 1;
  return {
    kind: 'flow',
    state,
    runCount,
    attempt: runCount,
    policy: noRetries,
    pauseKeys: [],
    hasResult: false,
    flowStateType: null,
    parent: null,
    holder: 'session',
    driver: 'engine',
    needs: null,
    ...over,
  };
}

function propose(snapshot: RunSnapshot, state: State, over: Partial<Proposal> = {}): Verdict {
  return decide(snapshot, { state, by: 'engine', ...over }, { now, random });
}

/** A verdict in one line: its status, the state written and the rule. */
function shown(verdict: Verdict): string {
  if (verdict.status === 'ACCEPT') return `ACCEPT ${verdict.changes.state.name}`;
  if (verdict.status === 'REJECT') return `REJECT ${verdict.changes?.state.name ?? 'none'} ${verdict.rule}`;
  return verdict.status === 'WAIT' ? `WAIT ${verdict.delayMs}` : `ABORT ${verdict.rule}`;
}

describe('refuse-duplicate', () => {
  it.each([
    ['a', 'a', 'REJECT none refuse-duplicate'],
    ['a', 'b', 'ACCEPT Paused'],
    ['a', undefined, 'ACCEPT Paused'],
    [undefined, 'a', 'ACCEPT Paused'],
  ])('with transition id %s, then %s: %s', (first, second, expected) => {
    const details = (id: string | undefined): StateDetails => (id === undefined ? {} : { transitionId: id });
    const current = exampleState(StateType.Running, details(first));
    expect(shown(propose(run(current), exampleState(StateType.Paused, details(second))))).toBe(expected);
  });
});

describe('a proposal that is made again, where another state was written', () => {
  it('is known by its transition id: the retry that it led to stays', () => {
    const policy = { retries: 1, retryDelaysMs: [60_000], retryJitter: null };
    const proposed = exampleState(StateType.Failed, { transitionId: 'T1' });
    const first = propose(run(running(1), { policy }), proposed);
    expect(shown(first)).toBe('REJECT AwaitingRetry retry-failed-run');
    const state = first.status === 'REJECT' ? (first.changes?.state ?? null) : null;
    expect(shown(propose(run(state, { policy, runCount: 1 }), proposed))).toBe('REJECT none refuse-duplicate');
  });
});

describe('keep-terminal-state', () => {
  it.each([
    ['COMPLETED', 'CANCELLED', 'ABORT keep-terminal-state'],
    ['CANCELLED', 'COMPLETED', 'ABORT keep-terminal-state'],
    ['FAILED', 'CRASHED', 'ABORT keep-terminal-state'],
    ['CRASHED', 'RUNNING', 'ABORT keep-terminal-state'],
    ['COMPLETED', 'RUNNING', 'REJECT none keep-terminal-state'],
  ] as const)('%s to %s: %s', (from, to, expected) => {
    expect(shown(propose(run(exampleState(from)), exampleState(to)))).toBe(expected);
  });

  it.each([
    ['retry', 'FAILED', 'ACCEPT Running', 2],
    ['retry', 'CRASHED', 'ACCEPT Running', 2],
    ['retry', 'CANCELLED', 'ACCEPT Running', 2],
    ['retry', 'COMPLETED', 'REJECT none keep-terminal-state', 1],
    ['recompute', 'COMPLETED', 'ACCEPT Running', 2],
    ['resume', 'CRASHED', 'ACCEPT Running', 1],
    ['resume', 'FAILED', 'ACCEPT Running', 2],
    ['recover', 'CRASHED', 'ACCEPT Running', 1],
    ['recover', 'FAILED', 'ABORT keep-terminal-state', 1],
  ] as const)('%s of a %s run: %s, run count %i', (move, from, expected, runCount) => {
    const verdict = propose(run(exampleState(from)), running(now), { move });
    expect(shown(verdict)).toBe(expected);
    if (verdict.status === 'ACCEPT') expect(verdict.changes).toMatchObject({ runCount, endsAt: 'clear' });
  });

  it('keeps a result that can be read from being computed again', () => {
    expect(shown(propose(run(completed(1), { hasResult: true }), running(now), { move: 'recompute' }))).toBe(
      'REJECT none keep-terminal-state',
    );
  });

  it('lets a completed task be rolled back, under that name only', () => {
    const done = run(completed(1), { kind: 'task', hasResult: true });
    expect(shown(propose(done, completed(now, { name: 'RolledBack' }), { move: 'rollback' }))).toBe(
      'ACCEPT RolledBack',
    );
    expect(shown(propose(done, completed(now), { move: 'rollback' }))).toBe('ABORT keep-terminal-state');
  });

  it('does not let the API claim that a process died', () => {
    expect(shown(propose(run(exampleState('CRASHED')), running(now), { move: 'recover', by: 'api' }))).toBe(
      'ABORT keep-terminal-state',
    );
  });
});

describe('move-below-open-parent', () => {
  it.each([
    ['COMPLETED', false, 'api', 'REJECT none move-below-open-parent'],
    ['FAILED', false, 'engine', 'REJECT none move-below-open-parent'],
    ['RUNNING', true, 'api', 'REJECT none move-below-open-parent'],
    ['RUNNING', true, 'engine', 'ACCEPT Pending'],
    ['PAUSED', false, 'api', 'ACCEPT Pending'],
  ] as const)('below a %s parent that is held: %s, by %s: %s', (stateType, held, by, expected) => {
    const child = run(failed(1), { parent: { stateType, holder: held ? 'session' : 'none' } });
    expect(shown(propose(child, pending(now), { move: 'retry', by }))).toBe(expected);
  });
});

describe('keep-held-run', () => {
  it.each([
    ['RUNNING', true, 'api', 'REJECT none keep-held-run'],
    ['PAUSED', true, 'service', 'REJECT none keep-held-run'],
    ['RUNNING', true, 'engine', 'ACCEPT Scheduled'],
    ['RUNNING', false, 'api', 'ACCEPT Scheduled'],
  ] as const)('%s, held: %s, by %s: %s', (from, held, by, expected) => {
    expect(
      shown(propose(run(exampleState(from), { holder: held ? 'session' : 'none' }), scheduled(now, now), { by })),
    ).toBe(expected);
  });
});

describe('finish-cancelling', () => {
  it('refuses a value that comes too late', () => {
    expect(shown(propose(run(exampleState('CANCELLING')), completed(now)))).toBe('REJECT none finish-cancelling');
    expect(shown(propose(run(exampleState('CANCELLING')), cancelled(now)))).toBe('ACCEPT Cancelled');
  });
});

describe('cancel-unheld-run', () => {
  it.each([
    ['SCHEDULED', false, 'REJECT Cancelled cancel-unheld-run'],
    ['PAUSED', false, 'REJECT Cancelled cancel-unheld-run'],
    ['RUNNING', false, 'REJECT Cancelled cancel-unheld-run'],
    ['RUNNING', true, 'ACCEPT Cancelling'],
    ['PENDING', true, 'ACCEPT Cancelling'],
  ] as const)('%s, held %s: %s', (from, held, expected) => {
    const verdict = propose(run(exampleState(from), { holder: held ? 'session' : 'none' }), {
      ...exampleState('CANCELLING'),
      message: 'by ann',
    });
    expect(shown(verdict)).toBe(expected);
    if (verdict.status === 'REJECT') expect(verdict.changes?.state.message).toBe('by ann');
  });
});

describe('refuse-second-pending', () => {
  it.each([
    [pending(1), pending(now), 'ABORT refuse-second-pending'],
    [pending(1), pending(now, { name: 'Submitting' }), 'ACCEPT Submitting'],
    [pending(1, { name: 'Submitting' }), pending(now, { name: 'Submitting' }), 'ABORT refuse-second-pending'],
    [pending(1, { name: 'Submitting' }), pending(now), 'ABORT refuse-second-pending'],
    [running(1), pending(now, { name: 'Submitting' }), 'ABORT refuse-second-pending'],
    [scheduled(1, 1), pending(now), 'ACCEPT Pending'],
  ])('%o to %o: %s', (from, to, expected) => {
    expect(shown(propose(run(from), to))).toBe(expected);
  });
});

describe('mark-late-once', () => {
  const late = scheduled(now, 1, { name: 'Late' });
  it.each([
    [scheduled(1, 1), 'ACCEPT Late'],
    [scheduled(1, 1, { name: 'Late' }), 'REJECT none mark-late-once'],
    [running(1), 'REJECT none mark-late-once'],
  ])('%o: %s', (from, expected) => {
    expect(shown(propose(run(from), late, { by: 'service' }))).toBe(expected);
  });
});

describe('pause-only-running and pause-once', () => {
  const paused = suspended(now, { details: { pauseKey: 'ask' } });
  it.each([
    [pending(1), [], 'REJECT none pause-only-running'],
    [suspended(1), [], 'REJECT none pause-only-running'],
    [running(1), [], 'ACCEPT Suspended'],
    [running(1), ['ask'], 'REJECT none pause-once'],
    [running(1), ['other'], 'ACCEPT Suspended'],
    [null, [], 'ABORT pause-only-running'],
  ])('from %o with %j fired: %s', (from, pauseKeys, expected) => {
    expect(shown(propose(run(from, { pauseKeys }), paused))).toBe(expected);
  });

  it('pauses again a body that was called again before its answer came', () => {
    const fired = run(running(1), { pauseKeys: ['ask'] });
    expect(shown(propose(fired, paused, { move: 'recover' }))).toBe('ACCEPT Suspended');
    expect(shown(propose(fired, paused, { move: 'recover', by: 'api' }))).toBe('REJECT none pause-once');
  });
});

describe('resume-paused-run', () => {
  it.each([
    [undefined, running(now), 'ACCEPT Running'],
    [undefined, resuming(now), 'ACCEPT Resuming'],
    [undefined, pending(now), 'REJECT none resume-paused-run'],
    [now + 1, running(now), 'ACCEPT Running'],
    [now, running(now), 'REJECT Failed resume-paused-run'],
    [now - 1, resuming(now), 'REJECT Failed resume-paused-run'],
    [now - 1, completed(now), 'REJECT Failed resume-paused-run'],
    [now + 1, completed(now), 'ACCEPT Completed'],
    [now - 1, exampleState('CANCELLED'), 'ACCEPT Cancelled'],
  ])('with timeout %s to %o: %s', (pauseTimeoutAt, to, expected) => {
    const details = pauseTimeoutAt === undefined ? null : { pauseTimeoutAt };
    expect(shown(propose(run(suspended(1, { details }), { holder: 'none' }), to))).toBe(expected);
  });

  it('lets the process that holds the run tell its body that the time is up', () => {
    const late = run(suspended(1, { details: { pauseTimeoutAt: now - 1 } }));
    expect(shown(propose(late, running(now)))).toBe('ACCEPT Running');
    expect(shown(propose(late, running(now), { by: 'api' }))).toBe('REJECT Failed resume-paused-run');
  });

  it('counts no new attempt, whether the process stayed or was given back', () => {
    expect(propose(run(suspended(1)), running(now))).toMatchObject({ changes: { runCount: 1 } });
    expect(propose(run(resuming(1), { runCount: 1 }), running(now))).toMatchObject({ changes: { runCount: 1 } });
    const sleeping = suspended(1, { details: { reason: { kind: 'sleep', until: 5 } } });
    expect(propose(run(sleeping, { runCount: 3 }), running(now))).toMatchObject({ changes: { runCount: 3 } });
    const verdict = propose(run(suspended(1), { holder: 'none' }), scheduled(now, now, { name: 'Later' }), {
      by: 'api',
    });
    const later = verdict.status === 'ACCEPT' ? verdict.changes.state : expect.unreachable();
    expect(propose(run(later, { runCount: 1 }), running(now))).toMatchObject({ changes: { runCount: 1 } });
  });
});

describe('start-in-running-flow', () => {
  it.each([
    [null, 'ACCEPT Running'],
    ['RUNNING', 'ACCEPT Running'],
    ['PAUSED', 'WAIT 1000'],
    ['CANCELLING', 'ABORT start-in-running-flow'],
    ['COMPLETED', 'ABORT start-in-running-flow'],
    ['PENDING', 'ABORT start-in-running-flow'],
  ] as const)('in a flow that is %s: %s', (flowStateType, expected) => {
    expect(shown(propose(run(pending(1), { kind: 'task', flowStateType }), running(now)))).toBe(expected);
  });
});

describe('start-once', () => {
  it('stops the second of two that start a flow run', () => {
    expect(shown(propose(run(running(1)), running(now)))).toBe('ABORT start-once');
  });
  it('lets a recovery go on with the attempt', () => {
    expect(propose(run(running(1)), running(now), { move: 'recover' })).toMatchObject({
      status: 'ACCEPT',
      changes: { runCount: 1, ranMs: 0 },
    });
  });
});

describe('carry-scheduled-time and wait-for-scheduled-time', () => {
  it('keep the time of a run that is made ready before it', () => {
    const ready = propose(run(scheduled(1, now + 250)), pending(now));
    expect(ready).toMatchObject({
      status: 'ACCEPT',
      changes: { state: { type: 'PENDING', details: { scheduledAt: now + 250 } } },
    });
    const state = ready.status === 'ACCEPT' ? ready.changes.state : expect.unreachable();
    expect(shown(propose(run(state), running(now)))).toBe('WAIT 250');
  });
  it('keep that a run goes on with its attempt', () => {
    const ready = propose(run(resuming(1), { runCount: 2 }), pending(now));
    const state = ready.status === 'ACCEPT' ? ready.changes.state : expect.unreachable();
    const submitted = propose(run(state, { runCount: 2 }), pending(now, { name: 'Submitting' }));
    const last = submitted.status === 'ACCEPT' ? submitted.changes.state : expect.unreachable();
    expect(propose(run(last, { runCount: 2 }), running(now))).toMatchObject({
      status: 'ACCEPT',
      changes: { runCount: 2 },
    });
  });
  it.each([
    [scheduled(1, now), 'ACCEPT Running'],
    [scheduled(1, now + 1), 'WAIT 1'],
    [awaitingRetry(1, now + 3_000), 'WAIT 3000'],
    [pending(1), 'ACCEPT Running'],
  ])('from %o: %s', (from, expected) => {
    expect(shown(propose(run(from), running(now)))).toBe(expected);
  });
});

describe('retry-failed-run', () => {
  it.each([
    [0, 1, undefined, 'ACCEPT Failed'],
    [1, 1, undefined, 'REJECT AwaitingRetry retry-failed-run'],
    [1, 2, undefined, 'ACCEPT Failed'],
    [3, 3, undefined, 'REJECT AwaitingRetry retry-failed-run'],
    [3, 1, false, 'ACCEPT Failed'],
    [3, 1, true, 'REJECT AwaitingRetry retry-failed-run'],
  ])('%i retries, attempt %i, retriable %s: %s', (retries, attempt, retriable, expected) => {
    const policy = { retries, retryDelaysMs: [10, 20], retryJitter: null };
    const details = retriable === undefined ? null : { retriable };
    const end = failed(now, { message: 'boom', details });
    expect(shown(propose(run(running(1), { policy, runCount: attempt, attempt }), end))).toBe(expected);
    expect(shown(propose(run(running(1), { kind: 'task', runCount: attempt, attempt }), end, { policy }))).toBe(
      expected,
    );
  });

  it('tries a task again whose worker died, by its policy; a crashed flow run is another rule’s', () => {
    const policy = { retries: 1, retryDelaysMs: [], retryJitter: null };
    const task = (attempt: number) => run(running(1), { kind: 'task', runCount: attempt, attempt });
    expect(shown(propose(task(1), crashed(now), { policy }))).toBe('REJECT AwaitingRetry retry-failed-run');
    expect(shown(propose(task(2), crashed(now), { policy }))).toBe('ACCEPT Crashed');
    expect(shown(propose(task(1), crashed(now)))).toBe('ACCEPT Crashed');
    expect(shown(propose(run(running(1), { policy, runCount: 1, attempt: 1 }), crashed(now)))).toBe('ACCEPT Crashed');
  });

  it('takes the policy of a task from the proposal, and never retries without one', () => {
    const policy = { retries: 3, retryDelaysMs: [], retryJitter: null };
    expect(shown(propose(run(running(1), { kind: 'task', policy }), failed(now)))).toBe('ACCEPT Failed');
  });

  it('schedules within the bounds of the jitter and says why it does not run', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), fc.nat(100_000), (draw, delayMs) => {
        const policy = { retries: 1, retryDelaysMs: [delayMs], retryJitter: 0.5 };
        const verdict = decide(
          run(running(1), { policy }),
          { state: failed(now, { message: 'boom' }), by: 'engine' },
          { now, random: () => draw },
        );
        if (verdict.status !== 'REJECT' || verdict.changes === null) return expect.unreachable();
        const { state } = verdict.changes;
        const scheduledAt = state.details?.scheduledAt ?? Number.NaN;
        expect(state).toMatchObject({ message: 'boom', details: { reason: { kind: 'retry', until: scheduledAt } } });
        expect(scheduledAt).toBeGreaterThanOrEqual(now);
        expect(scheduledAt).toBeLessThanOrEqual(now + Math.ceil(delayMs * 1.5));
      }),
    );
  });
});

describe('name-rerun', () => {
  it.each([
    [awaitingRetry(1, 1), undefined, 'ACCEPT Retrying'],
    [failed(1), 'retry', 'ACCEPT Retrying'],
    [failed(1), 'recompute', 'ACCEPT Rerunning'],
    [completed(1), 'recompute', 'ACCEPT Rerunning'],
    [running(1), 'recover', 'ACCEPT Running'],
    [exampleState('PAUSED'), undefined, 'ACCEPT Running'],
  ] as const)('a task from %o by %s: %s', (from, move, expected) => {
    expect(
      shown(propose(run(from, { kind: 'task', runCount: 1 }), running(now), move === undefined ? {} : { move })),
    ).toBe(expected);
  });

  it('leaves a first start, and flows, as they are', () => {
    expect(shown(propose(run(pending(1), { kind: 'task' }), running(now)))).toBe('ACCEPT Running');
    expect(shown(propose(run(awaitingRetry(1, 1), { runCount: 1 }), running(now)))).toBe('ACCEPT Running');
  });
});
