/** Services in virtual time: one process at a time has the turn, once a period over all of them, and a stop leaves nothing behind. */
import { openStore, type Store } from '@millrace/store';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ManualClock } from '../conformance/manual-clock.ts';
import type { Service, Turn } from './service-shape.ts';
import { type RunningService, type ServiceHost, startService } from './service-runner.ts';

const everyMs = 6_000;
const turnMs = 1_000;

interface Setting {
  readonly clock: ManualClock;
  readonly store: Store;
  readonly start: (holderId: string, pass: Service['pass'], host?: Partial<ServiceHost>) => RunningService;
}

async function setting(): Promise<Setting> {
  const clock = new ManualClock();
  const now = clock.now;
  const setTimer = (ms: number, callback: () => void) => {
    const timer = setTimeout(callback, ms);
    return { cancel: () => clearTimeout(timer) };
  };
  const store = await openStore({ url: ':memory:', host: { clock: { now, setTimer } } });
  const started: RunningService[] = [];
  onTestFinished(async () => {
    for (const service of started) await service.stop();
    await store.close();
  });
  const start: Setting['start'] = (holderId, pass, host = {}) => {
    const service = { name: 'tidy', everyMs, turnMs, pass };
    const running = startService(service, { store, clock, random: () => 0.5, holderId, ...host });
    started.push(running);
    return running;
  };
  return { clock, store, start };
}

/** A pass that notes its turn, and is complete after so many passes of one turn. */
function passes(count: number) {
  const turns: Turn[] = [];
  const pass: Service['pass'] = async (turn) => {
    turns.push(turn);
    const inTurn = turns.filter(({ fencingToken }) => fencingToken === turn.fencingToken).length;
    return { isComplete: inTurn >= count, counts: { rows: 10 } };
  };
  return { turns, pass };
}

const isWaiting = (service: RunningService, turnCount: number) => () => {
  const status = service.status();
  return status.state === 'waiting' && status.turnCount === turnCount;
};

describe('a service', () => {
  it('passes until nothing is left, and again after a period', async () => {
    const { clock, start } = await setting();
    const { turns, pass } = passes(3);
    const service = start('a', pass);
    await clock.until(isWaiting(service, 1));
    expect(turns.map(({ isFirstPass }) => isFirstPass)).toEqual([true, false, false]);
    const endedAt = clock.now();
    await clock.until(isWaiting(service, 2));
    expect(clock.now() - endedAt).toBeGreaterThanOrEqual(everyMs);
    expect(turns).toHaveLength(6);
    expect(service.status().counts).toEqual({ rows: 60 });
    expect(turns[3]?.fencingToken).toBeGreaterThan(turns[0]?.fencingToken ?? Infinity);
  });

  it('has its turn in one of several processes', async () => {
    const { clock, start } = await setting();
    const { turns, pass } = passes(1);
    const services = ['a', 'b', 'c'].map((holderId) => start(holderId, pass));
    const turnsOf = () => services.reduce((sum, service) => sum + service.status().turnCount, 0);
    for (let period = 1; period <= 5; period += 1) {
      const startedAt = clock.now();
      await clock.until(() => turnsOf() === period);
      if (period > 1) expect(clock.now() - startedAt).toBeGreaterThanOrEqual(everyMs - 1_000);
    }
    expect(turns).toHaveLength(5);
  });

  it('goes on in another process when the one with the turn is gone', async () => {
    const { clock, store, start } = await setting();
    const dead = await store.write(({ turns }) =>
      turns.take({ name: 'tidy', holderId: 'dead', ttlMs: turnMs, everyMs }),
    );
    const { turns, pass } = passes(1);
    const service = start('b', pass);
    const startedAt = clock.now();
    await clock.until(isWaiting(service, 1));
    expect(clock.now() - startedAt).toBeGreaterThanOrEqual(turnMs);
    expect(turns[0]?.fencingToken).toBe((dead ?? 0) + 1);
  });

  it('makes no further pass once its turn is another process’s', async () => {
    const { clock, store, start } = await setting();
    let count = 0;
    const service = start('slow', async () => {
      count += 1;
      clock.advance(turnMs + 1);
      await store.write(({ turns }) => turns.take({ name: 'tidy', holderId: 'other', ttlMs: everyMs, everyMs }));
      return { isComplete: false, counts: {} };
    });
    await clock.until(() => count === 1 && service.status().state === 'waiting');
    expect(service.status().turnCount).toBe(0);
    expect(count).toBe(1);
  });

  it('that is stopped ends after the pass at hand, leaves no timer, and lets another process go on at once', async () => {
    const { clock, start } = await setting();
    const first = passes(Infinity);
    const service = start('a', first.pass);
    await clock.until(() => first.turns.length === 2);
    const stopping = service.stop();
    expect(first.turns[0]?.signal.aborted).toBe(true);
    await stopping;
    await service.stop();
    expect(service.status().state).toBe('stopped');
    expect(clock.waiting).toBe(0);
    const stoppedAfter = first.turns.length;
    const second = passes(1);
    const other = start('b', second.pass);
    const startedAt = clock.now();
    await clock.until(isWaiting(other, 1));
    expect(clock.now() - startedAt).toBeLessThan(turnMs);
    expect(first.turns).toHaveLength(stoppedAfter);
  });

  it('whose pass fails says so, and tries again before the period is over', async () => {
    const { clock, start } = await setting();
    const failure = new Error('no disk');
    const errors: unknown[] = [];
    let isBroken = true;
    const pass: Service['pass'] = async () => {
      if (isBroken) throw failure;
      return { isComplete: true, counts: {} };
    };
    const service = start('a', pass, { onError: (error) => errors.push(error) });
    await clock.until(() => service.status().lastError !== null);
    expect(service.status()).toMatchObject({ turnCount: 0, lastError: { error: failure } });
    expect(errors).toEqual([failure]);
    isBroken = false;
    const failedAt = clock.now();
    await clock.until(isWaiting(service, 1));
    expect(clock.now() - failedAt).toBeLessThan(everyMs);
    expect(service.status().lastError).toBeNull();
  });
});
