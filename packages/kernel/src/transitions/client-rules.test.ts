/** Runs that a client drives, forced proposals, and who holds a run: the sequences that Prefect's server answers alike. */
import { describe, expect, it } from 'vitest';
import { holderOfClientRun, type RunHolder } from '../runs/holder.ts';
import {
  awaitingRetry,
  cancelled,
  cancelling,
  completed,
  crashed,
  failed,
  paused,
  pending,
  resuming,
  running,
  scheduled,
  suspended,
} from '../states/constructors.ts';
import type { State } from '../states/state.ts';
import { decide } from './decide.ts';
import { exampleRun } from './example-run.ts';
import type { Proposal, RunNeeds, RunSnapshot, Verdict } from './proposal.ts';

const now = 10_000;
const noNeeds: RunNeeds = { deployment: null, tagLimits: [], cached: null };

function clientRun(kind: 'flow' | 'task', state: State | null, over: Partial<RunSnapshot> = {}): RunSnapshot {
  const holder: RunHolder = state === null ? 'client' : holderOfClientRun(state, false);
  const hasStarted = state !== null && state.type !== 'PENDING' && state.type !== 'SCHEDULED';
  return exampleRun(kind, state, { driver: 'client', holder, needs: noNeeds, runCount: hasStarted ? 1 : 0, ...over });
}

function propose(run: RunSnapshot, state: State, over: Partial<Proposal> = {}): Verdict {
  return decide(run, { state, by: 'api', ...over }, { now, random: () => 0.5 });
}

/** A verdict in one line: its status, the state written and the rule. */
function shown(verdict: Verdict): string {
  if (verdict.status === 'ACCEPT') return `ACCEPT ${verdict.changes.state.name}`;
  if (verdict.status === 'REJECT') return `REJECT ${verdict.changes?.state.name ?? 'none'} ${verdict.rule}`;
  return verdict.status === 'WAIT' ? `WAIT ${verdict.delayMs}` : `ABORT ${verdict.rule}`;
}

function effects(verdict: Verdict): readonly string[] {
  return verdict.status === 'ACCEPT' || verdict.status === 'REJECT' ? verdict.effects.map(({ kind }) => kind) : [];
}

describe("a client's flow run", () => {
  const retried = { retries: 1, retryDelaysMs: [3_000], retryJitter: null };

  it.each([
    [null, pending(now), 'ACCEPT Pending'],
    [pending(1), running(now), 'ACCEPT Running'],
    [running(1), running(now), 'ABORT start-once'],
    [pending(1), pending(now), 'ABORT refuse-second-pending'],
    [running(1), completed(now), 'ACCEPT Completed'],
    [failed(1), crashed(now), 'ABORT keep-terminal-state'],
    [failed(1), scheduled(now, now), 'ABORT keep-terminal-state'],
    [pending(1), cancelling(now), 'ACCEPT Cancelling'],
    [cancelling(1), running(now), 'REJECT none finish-cancelling'],
    [cancelling(1), cancelled(now), 'ACCEPT Cancelled'],
    [scheduled(1, 1), cancelling(now), 'REJECT Cancelled cancel-unheld-run'],
    [resuming(1), cancelling(now), 'REJECT Cancelled cancel-unheld-run'],
    [suspended(1), cancelling(now), 'REJECT Cancelled cancel-unheld-run'],
    [paused(1), cancelling(now), 'ACCEPT Cancelling'],
    [pending(1), paused(now), 'REJECT none pause-only-running'],
    [paused(1), pending(now), 'REJECT none resume-paused-run'],
    [paused(1), running(now), 'ACCEPT Running'],
    [running(1), suspended(now), 'ABORT reschedule-only-deployed'],
    [running(1), paused(now), 'ACCEPT Paused'],
    [running(1), awaitingRetry(now, now + 5), 'ACCEPT AwaitingRetry'],
    [scheduled(1, now + 4_000), running(now), 'WAIT 4000'],
  ])('from %o to %o: %s', (from, to, expected) => {
    expect(shown(propose(clientRun('flow', from), to))).toBe(expected);
  });

  it('is tried again while retries are left, and then fails', () => {
    const run = clientRun('flow', running(1), { policy: retried, attempt: 1 });
    expect(shown(propose(run, failed(now)))).toBe('REJECT AwaitingRetry retry-failed-run');
    expect(shown(propose({ ...run, attempt: 2 }, failed(now)))).toBe('ACCEPT Failed');
  });

  it('leaves its children to be reconciled later, because their reports may still come', () => {
    expect(effects(propose(clientRun('flow', running(1)), completed(now)))).toEqual(['release-slots']);
    expect(effects(propose(clientRun('flow', scheduled(1, 1)), cancelled(now)))).toEqual(['release-slots']);
    const own = exampleRun('flow', running(1));
    expect(effects(propose(own, cancelled(now)))).toEqual(['release-slots', 'end-children']);
  });

  it('is suspended only where a deployment can start it again, and never below another', () => {
    const deployment = { limit: null, occupied: 0, hasSlot: false, whenFull: 'wait' } as const;
    const deployed = { needs: { ...noNeeds, deployment } };
    expect(shown(propose(clientRun('flow', running(1), deployed), suspended(now)))).toBe('ACCEPT Suspended');
    const parent = { stateType: 'RUNNING', holder: 'client' } as const;
    const child = clientRun('flow', running(1), { ...deployed, parent });
    expect(shown(propose(child, suspended(now)))).toBe('ABORT reschedule-only-deployed');
    const ended = clientRun('flow', failed(1), deployed);
    expect(shown(propose(ended, scheduled(now, now), { move: 'retry' }))).toBe('ACCEPT Scheduled');
    expect(shown(propose(clientRun('flow', failed(1)), scheduled(now, now), { move: 'retry' }))).toBe(
      'ABORT reschedule-only-deployed',
    );
  });
});

describe('task runs that are proposed', () => {
  it.each([
    [running(1), running(now), 'ACCEPT Running'],
    [pending(1), pending(now), 'ACCEPT Pending'],
    [completed(1), running(now), 'REJECT none keep-terminal-state'],
    [completed(1), failed(now), 'ABORT keep-terminal-state'],
    [failed(1), running(now), 'ABORT keep-terminal-state'],
  ])('from %o to %o: %s', (from, to, expected) => {
    expect(shown(propose(clientRun('task', from), to))).toBe(expected);
  });

  it.each([
    [pending(1, { details: { deferred: true } }), pending(now), 'ABORT refuse-second-pending'],
    [pending(1), pending(now, { details: { deferred: true } }), 'ABORT refuse-second-pending'],
    [running(1, { details: { deferred: true } }), running(now), 'ABORT start-once'],
    [scheduled(1, 1, { details: { deferred: true } }), pending(now), 'ACCEPT Pending'],
  ])('deferred, from %o to %o: %s', (from, to, expected) => {
    expect(shown(propose(clientRun('task', from), to))).toBe(expected);
  });

  it('take a slot of each limit of their tags, wait while one is full, and stop at a limit of 0', () => {
    const limit = { name: 'tag:db', limit: 2, slotDecayPerSecond: 0, active: true, occupied: 1, nextFreeAt: null };
    const start = (over: Partial<typeof limit>): Verdict =>
      propose(
        clientRun('task', pending(1), { needs: { ...noNeeds, tagLimits: [{ ...limit, ...over }] } }),
        running(now),
      );
    expect(start({})).toMatchObject({ status: 'ACCEPT', effects: [{ kind: 'take-tag-slots', names: ['tag:db'] }] });
    expect(start({ occupied: 2 })).toMatchObject({ status: 'WAIT', rule: 'take-client-tag-slots' });
    expect(shown(start({ limit: 0, occupied: 0 }))).toBe('ABORT take-client-tag-slots');
    expect(start({ active: false, occupied: 2 })).toMatchObject({ status: 'ACCEPT', effects: [] });
  });

  it('use what is cached under their key, and store what they complete with', () => {
    const needs = { ...noNeeds, cached: { data: { type: 'result' } } };
    const keyed = running(now, { details: { cacheKey: 'k' } });
    const hit = propose(clientRun('task', pending(1), { needs }), keyed);
    expect(hit).toMatchObject({ status: 'REJECT', changes: { state: { name: 'Cached', data: { type: 'result' } } } });
    const refresh = running(now, { details: { cacheKey: 'k', refreshCache: true } });
    expect(shown(propose(clientRun('task', pending(1), { needs }), refresh))).toBe('ACCEPT Running');
    const done = propose(clientRun('task', running(1)), completed(now, { details: { cacheKey: 'k' } }));
    expect(effects(done)).toEqual(['release-slots', 'put-cached']);
    const long = completed(now, { details: { cacheKey: 'k'.repeat(2_001) } });
    expect(shown(propose(clientRun('task', running(1)), long))).toBe('REJECT none put-cached-value');
  });
});

describe('the slot of a deployment', () => {
  const full = { limit: 1, occupied: 1, hasSlot: false, whenFull: 'wait' } as const;
  const free = { ...full, occupied: 0 };
  const submit = (deployment: RunNeeds['deployment']): Verdict =>
    propose(clientRun('flow', scheduled(1, 1), { needs: { ...noNeeds, deployment } }), pending(now));

  it('is taken when the run is made ready; without one it waits or is cancelled', () => {
    expect(effects(submit(free))).toEqual(['take-deployment-slot']);
    expect(submit(full)).toMatchObject({
      status: 'REJECT',
      changes: { state: { name: 'AwaitingConcurrencySlot', details: { scheduledAt: now + 30_000 } } },
    });
    expect(shown(submit({ ...full, whenFull: 'cancel' }))).toBe('REJECT Cancelled take-deployment-slot');
    expect(shown(submit({ ...free, limit: 0 }))).toBe('ABORT take-deployment-slot');
    expect(effects(submit({ ...free, limit: null }))).toEqual([]);
  });

  it('is given back when the run leaves, and kept while it waits for its retry', () => {
    const held = { needs: { ...noNeeds, deployment: { ...free, hasSlot: true } } };
    expect(effects(propose(clientRun('flow', running(1), held), completed(now)))).toEqual([
      'release-slots',
      'release-deployment-slot',
    ]);
    expect(effects(propose(clientRun('flow', running(1), held), suspended(now)))).toEqual(['release-deployment-slot']);
    const policy = { retries: 1, retryDelaysMs: [3_000], retryJitter: null };
    expect(effects(propose(clientRun('flow', running(1), { ...held, policy }), failed(now)))).toEqual([]);
  });

  it('that was lost on the way is taken again, or the run is cancelled', () => {
    const ready = pending(1, { details: { deploymentLeaseId: 'lease' } });
    const start = (deployment: RunNeeds['deployment']): Verdict =>
      propose(clientRun('flow', ready, { needs: { ...noNeeds, deployment } }), running(now));
    expect(start({ ...full, hasSlot: true })).toMatchObject({
      status: 'ACCEPT',
      changes: { state: { details: { deploymentLeaseId: 'lease' } } },
    });
    expect(effects(start(free))).toEqual(['take-deployment-slot']);
    expect(shown(start(full))).toBe('REJECT Cancelled keep-deployment-slot');
  });
});

describe('force', () => {
  it.each([
    [completed(1), running(now), 'ACCEPT Running'],
    [completed(1), failed(now), 'ACCEPT Failed'],
    [failed(1), crashed(now), 'ACCEPT Crashed'],
    [running(1), running(now), 'ACCEPT Running'],
    [cancelling(1), completed(now), 'ACCEPT Completed'],
    [running(1), pending(now), 'ACCEPT Pending'],
    [scheduled(1, now + 5), running(now), 'ACCEPT Running'],
    // Kept under force: there is no process that could answer.
    [scheduled(1, 1), cancelling(now), 'REJECT Cancelled cancel-unheld-run'],
  ])('from %o to %o: %s', (from, to, expected) => {
    const verdict = propose(clientRun('flow', from), to, { force: true });
    expect(shown(verdict)).toBe(expected);
    if (verdict.status === 'ACCEPT') expect(verdict.changes.state.details?.forced).toBe(true);
  });

  it('takes no result away from a run that completed with one', () => {
    const run = clientRun('flow', completed(1), { hasResult: true });
    expect(shown(propose(run, completed(now), { force: true }))).toBe('REJECT none keep-terminal-state');
    expect(shown(propose(run, { ...completed(now), data: 1 }, { force: true }))).toBe('ACCEPT Completed');
    expect(shown(propose(run, failed(now), { force: true }))).toBe('ACCEPT Failed');
  });

  it('keeps the effects: a run that is forced to an end gives back what it holds', () => {
    const own = exampleRun('flow', cancelling(1));
    expect(effects(propose(own, crashed(now), { force: true }))).toEqual(['release-slots', 'end-children']);
  });

  it('changes nothing when it is asked for again', () => {
    const state = running(now, { details: { transitionId: 'T1' } });
    const run = clientRun('flow', running(1, { details: { transitionId: 'T1' } }));
    expect(shown(propose(run, state, { force: true }))).toBe('REJECT none refuse-duplicate');
  });
});

describe('the holder of a run that a client drives', () => {
  it.each([
    [scheduled(1, 1), false, 'none'],
    [scheduled(1, 1), true, 'client'],
    [resuming(1), true, 'none'],
    [pending(1), false, 'client'],
    [running(1), false, 'client'],
    [paused(1), false, 'client'],
    [suspended(1), false, 'none'],
    [cancelling(1), false, 'client'],
    [completed(1), true, 'none'],
  ] as const)('in %o, with infrastructure: %s, is %s', (state, hasInfrastructure, holder) => {
    expect(holderOfClientRun(state, hasInfrastructure)).toBe(holder);
  });
});
