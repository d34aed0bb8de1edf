import { describe, expect, it } from 'vitest';
import { type Taking, tookMs } from './took.ts';

const state = (type: 'RUNNING' | 'SCHEDULED' | 'COMPLETED' | 'CANCELLED', at: number): Taking['state'] => ({
  type,
  name: type,
  at,
  message: null,
  details: null,
});
const run = { kind: 'task', runCount: 1, runTimeMs: 0, startAt: 0, endAt: null } as const;

describe('what a run took', () => {
  it('is the time in which its body ran: neither what it waited for a retry nor what it had no process', () => {
    const ended = { ...run, state: state('COMPLETED', 60_000), runCount: 2, runTimeMs: 30, endAt: 60_000 };
    expect(tookMs(ended, 90_000)).toBe(30);
    expect(tookMs({ ...run, state: state('SCHEDULED', 20), runTimeMs: 20 }, 90_000)).toBe(20);
    expect(tookMs({ ...run, state: state('RUNNING', 1_000), runTimeMs: 20 }, 1_500)).toBe(520);
    expect(tookMs({ ...run, state: state('RUNNING', 1_000), runTimeMs: 20, orphan: {} }, 90_000)).toBe(20);
  });

  it('is nothing where no body ran, and the wait where the run is one', () => {
    expect(tookMs({ ...run, state: state('CANCELLED', 5), runCount: 0, endAt: 5 }, 9)).toBeNull();
    expect(tookMs({ ...run, kind: 'sleep', state: state('COMPLETED', 700), endAt: 700 }, 9_000)).toBe(700);
  });
});
