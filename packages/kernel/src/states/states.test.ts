import { describe, expect, it } from 'vitest';
import {
  cached,
  completed,
  failed,
  notReady,
  pending,
  plainNames,
  resuming,
  running,
  scheduled,
  suspended,
  timedOut,
} from './constructors.ts';
import { continuesAttempt, isEvicted, isTerminal, isTerminalType, terminalTypes } from './predicates.ts';
import { renderState } from './render.ts';
import { StateType } from './state.ts';

describe('states', () => {
  it('have nine types, four of which end a run', () => {
    const types = Object.values(StateType);
    expect(types).toHaveLength(9);
    expect(types.filter(isTerminalType)).toEqual(terminalTypes);
    expect(types.filter((type) => isTerminal({ type }))).toEqual(terminalTypes);
  });

  it.each([
    [completed(1), 'Completed()'],
    [failed(1, { message: 'bo"om' }), 'Failed("bo\\"om")'],
    [timedOut(1, 'late'), 'TimedOut("late", type=FAILED)'],
    [cached(1, 'key'), 'Cached(type=COMPLETED)'],
    [
      notReady(1, { id: 'a', name: 'load', state: 'Failed' }),
      'NotReady("Waits for \'load\' (run a), which is Failed.", type=PENDING)',
    ],
  ])('%o reads %s', (state, text) => {
    expect(renderState(state)).toBe(text);
  });

  it('carry what they are made with, and nothing else', () => {
    expect(running(5)).toEqual({ type: 'RUNNING', name: plainNames.RUNNING, at: 5, message: null, details: null });
    expect(scheduled(5, 9, { name: 'Late' })).toEqual({
      type: 'SCHEDULED',
      name: 'Late',
      at: 5,
      message: null,
      details: { scheduledAt: 9 },
    });
    expect(failed(5, { message: 'no', retriable: false }).details).toEqual({ retriable: false });
    expect(failed(5, { message: 'no', retriable: true }).details).toBeNull();
    expect(suspended(5, { details: { pauseKey: 'a' } })).toMatchObject({
      name: 'Suspended',
      details: { pauseKey: 'a', reschedule: true },
    });
  });

  it.each([
    [suspended(1), true],
    [scheduled(1, 2, { details: { reason: { kind: 'sleep', until: 2 } } }), true],
    [scheduled(1, 2, { details: { reason: { kind: 'retry', until: 2 } } }), false],
    [running(1), false],
  ])('%o is evicted: %s', (state, evicted) => {
    expect(isEvicted(state)).toBe(evicted);
  });

  it.each([
    [running(1), 1, true],
    [resuming(1), 1, true],
    [resuming(1), 0, false],
    [pending(1, { details: { resuming: true } }), 2, true],
    [pending(1), 1, false],
  ])('%o with run count %i goes on with its attempt: %s', (state, runCount, goesOn) => {
    expect(continuesAttempt(state, runCount)).toBe(goesOn);
  });
});
