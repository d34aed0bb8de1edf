/** Which starts the retries of a run are counted against. */
import { describe, expect, it } from 'vitest';
import { awaitingRetry, crashed, failed, pending, resuming, running, scheduled } from '../states/constructors.ts';
import type { State } from '../states/state.ts';
import { attemptsOf } from './attempts.ts';

const attempts = (runCount: number, ...states: readonly State[]): number => {
  const state = states.at(-1) ?? expect.unreachable();
  return attemptsOf({ state, history: states.slice(0, -1), runCount });
};

describe('attemptsOf', () => {
  const second = [running(1), awaitingRetry(2, 3), running(3)];
  const goesOn = pending(5, { details: { resuming: true } });

  it('counts every start of a run that never ended', () => {
    expect(attempts(2, ...second)).toBe(2);
  });

  it('counts afresh once the run was retried by hand', () => {
    expect(attempts(3, ...second, failed(4), pending(5), running(6))).toBe(1);
    expect(attempts(3, ...second, crashed(4), scheduled(5, 5), running(6))).toBe(1);
  });

  it('goes on counting when a run is taken up after its process died', () => {
    expect(attempts(2, ...second, crashed(4), goesOn, running(6))).toBe(2);
    expect(attempts(2, ...second, crashed(4), resuming(5), goesOn, running(6))).toBe(2);
    expect(attempts(2, running(1), failed(2), pending(3), running(4), crashed(5), goesOn, running(6))).toBe(1);
  });
});
