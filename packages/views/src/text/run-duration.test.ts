import { describe, expect, it } from 'vitest';
import { runDurationMs, type TimedRun } from './run-duration.ts';

const state = (type: 'RUNNING' | 'SCHEDULED' | 'COMPLETED' | 'CANCELLED', at: number): TimedRun['state'] => ({
  type,
  name: type,
  at,
  message: null,
  details: null,
});
const run = { kind: 'task', runCount: 1, runTimeMs: 0, startAt: 0, endAt: null } as const;

describe('the duration of a run', () => {
  it('is the time its body ran, without waits for a retry and without time it had no process', () => {
    const ended = { ...run, state: state('COMPLETED', 60_000), runCount: 2, runTimeMs: 30, endAt: 60_000 };
    expect(runDurationMs(ended, 90_000)).toBe(30);
    expect(runDurationMs({ ...run, state: state('SCHEDULED', 20), runTimeMs: 20 }, 90_000)).toBe(20);
    expect(runDurationMs({ ...run, state: state('RUNNING', 1_000), runTimeMs: 20 }, 1_500)).toBe(520);
    expect(runDurationMs({ ...run, state: state('RUNNING', 1_000), runTimeMs: 20, orphan: {} }, 90_000)).toBe(20);
  });

  it('is null if no body has run, and the wait of a run that is a wait', () => {
    expect(runDurationMs({ ...run, state: state('CANCELLED', 5), runCount: 0, endAt: 5 }, 9)).toBeNull();
    expect(runDurationMs({ ...run, kind: 'sleep', state: state('COMPLETED', 700), endAt: 700 }, 9_000)).toBe(700);
  });
});
