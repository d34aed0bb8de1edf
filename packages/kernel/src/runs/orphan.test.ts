import { describe, expect, it } from 'vitest';
import { cancelling, completed, notReady, paused, running, scheduled } from '../states/constructors.ts';
import { type OrphanedRun, type OrphanFacts, orphanOf } from './orphan.ts';

const now = 1_000_000;
const run: OrphanedRun = {
  state: running(10),
  sessionId: 's',
  wakeAt: null,
  flowName: 'etl',
  parentFlowRunId: null,
  idempotencyKey: null,
  waiting: null,
};
const facts: OrphanFacts = {
  holder: { expiresAt: now - 500, isProcessDead: false },
  served: new Set(),
  now,
  graceMs: 600,
};

describe('an orphan', () => {
  it('is an unfinished run whose lease is over or whose process is dead, never one that has a process', () => {
    expect(orphanOf(run, facts)).toMatchObject({ cause: 'lease-ended', since: now - 500, lostAt: now + 100 });
    const alive = { expiresAt: now + 1, isProcessDead: false };
    expect(orphanOf(run, { ...facts, holder: alive })).toBeNull();
    const dead = { expiresAt: now + 9, isProcessDead: true };
    expect(orphanOf(run, { ...facts, holder: dead })).toMatchObject({ cause: 'process-died', since: now });
    expect(orphanOf({ ...run, state: cancelling(10) }, facts)).not.toBeNull();
    for (const state of [completed(10), notReady(10, { id: 'x', name: 'up', state: 'Failed' })])
      expect(orphanOf({ ...run, state }, facts)).toBeNull();
  });

  it('whose session is gone is one since its last state at the latest', () => {
    const gone = { expiresAt: null, isProcessDead: false };
    expect(orphanOf(run, { ...facts, holder: gone })).toMatchObject({ since: 10 });
  });

  it('is a run that was under way when its process let go of it, and none that waits by intent', () => {
    const left: OrphanedRun = { ...run, sessionId: null, wakeAt: now - 5 };
    expect(orphanOf(left, facts)).toMatchObject({ cause: 'handed-over', since: now - 5 });
    for (const state of [paused(10), scheduled(10, 10)]) expect(orphanOf({ ...left, state }, facts)).toBeNull();
    expect(orphanOf({ ...left, waiting: { kind: 'sleep', until: now } }, facts)).toBeNull();
    const task: OrphanedRun = { state: running(10), sessionId: null, wakeAt: now - 5, flowRunId: 'f' };
    expect(orphanOf(task, facts)).toBeNull();
  });

  it('names who may take it up', () => {
    const takers = (over: Partial<OrphanedRun>, served: readonly string[] = []) =>
      orphanOf({ ...run, ...over }, { ...facts, served: new Set(served) })?.takers;
    expect(takers({})).toEqual(['resume']);
    expect(takers({ idempotencyKey: 'k' }, ['etl'])).toEqual(['serve', 'key', 'resume']);
    expect(takers({ parentFlowRunId: 'p' }, ['etl'])).toEqual(['parent']);
    expect(orphanOf({ state: running(10), sessionId: 's', wakeAt: null }, facts)?.takers).toEqual([]);
  });
});
