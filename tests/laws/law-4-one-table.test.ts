/**
 * Law 4. One table of transitions: every state change goes through one pure rule function, and a terminal
 * state is left only by the moves that the table names.
 */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type * as Kernel from '@millrace/kernel';
import { decide, exampleRun, type Move, type State, StateName, StateType, type Verdict } from '@millrace/kernel';
import { concurrencyLimit, flow, inputs, pause, rerun, resume, sendSignal, sleep, task, waitForSignal } from 'millrace';
import { describe, expect, test, vi } from 'vitest';
import { moves } from '../../packages/kernel/src/transitions/moves.ts';
import { MemoryEngine } from './in-memory-engine.ts';

/** Every state that a verdict allowed to be written. */
const decided = vi.hoisted(() => new Set<string>());
const reported = ({ type, name, at, message }: State): string => JSON.stringify([type, name, at, message]);

vi.mock('@millrace/kernel', async (original) => {
  const kernel = await original<typeof Kernel>();
  const noted: typeof kernel.decide = (...given) => {
    const verdict = kernel.decide(...given);
    const changes = verdict.status === 'ACCEPT' || verdict.status === 'REJECT' ? verdict.changes : null;
    if (changes !== null) decided.add(reported(changes.state));
    return verdict;
  };
  return { ...kernel, decide: noted };
});

const types = Object.values(StateType);
const terminal = [StateType.Completed, StateType.Failed, StateType.Cancelled, StateType.Crashed] as const;
const proposers = ['engine', 'api', 'worker', 'service'] as const;
const everyMove = [undefined, ...(Object.keys(moves) as Move[])];

describe('law 4: every recorded state was decided', () => {
  test('of runs that fail, wait, are retried, paused, parked, cancelled, cached, limited, resumed and forked', async () => {
    await using memory = new MemoryEngine({ parkAfterMs: 5, idleTreesMax: 0, pollMs: 20, cancelGraceMs: 50 });
    let calls = 0;
    const flaky = task({ name: 'flaky', retries: 2, tags: ['few'] }, (n: number) => {
      calls += 1;
      if (calls % 2 === 1) throw new Error('every second time');
      return n;
    });
    const cached = task({ name: 'cached', cache: inputs() }, (n: number) => n);
    const slow = task({ name: 'slow', timeout: 10 }, async () => await new Promise<never>(() => {}));
    const nested = flow({ name: 'nested', retries: 1 }, async () => await flaky(9));
    const busy = flow({ name: 'busy', retries: 1 }, async () => {
      await flaky.map([1, 2, 3]);
      await cached(1);
      await cached(1);
      await slow().catch(() => 'timed out');
      await nested();
      await sleep(120);
      await waitForSignal('go');
      await pause({ key: 'ask', timeout: '1m' });
      return 'ended';
    });
    const long = flow('long', async () => await sleep('1h'));
    await memory.run(async () => {
      await concurrencyLimit.set('tag:few', { limit: 1 });
      const handle = await busy.start();
      await sendSignal(handle.id, 'go', 1);
      await expect.poll(async () => (await handle.state()).name, { timeout: 10_000 }).toBe('Paused');
      await resume(handle.id);
      expect(await handle.result()).toBe('ended');
      const cancelled = await long.start();
      await expect
        .poll(async () =>
          (await memory.taskRuns()).some(({ kind, state }) => kind === 'sleep' && state.type === 'RUNNING'),
        )
        .toBe(true);
      await cancelled.cancel('enough');
      const again = await resume(cancelled.id);
      await again.cancel('enough again');
      const fork = await rerun(handle.id, { from: 'nested' }).catch(() => undefined);
      await fork?.cancel();
    });
    const records = [...(await memory.flowRuns()), ...(await memory.taskRuns())];
    const names = new Set<string>();
    for (const { history, state } of records) {
      // A run is made PENDING; all after that was decided.
      for (const later of [...history, state].slice(1)) {
        names.add(later.name);
        expect(decided, `${later.type} ${later.name}`).toContain(reported(later));
      }
    }
    expect([...names].toSorted()).toEqual(
      expect.arrayContaining([
        'AwaitingRetry',
        'Cached',
        'Cancelled',
        'Completed',
        'Paused',
        'Retrying',
        'Running',
        'Suspended',
        'TimedOut',
      ]),
    );
  });

  test('and one function writes them: nobody else assigns a state', () => {
    const packages = join(import.meta.dirname, '../../packages');
    const writers = globSync('{engine,ledger,local,store}/src/**/*.ts', { cwd: packages })
      .filter((file) => !/\.test(-d)?\.ts$|conformance/.test(file))
      .filter((file) =>
        /\b(?:record|run|flowRun|taskRun|stored)\.state = /.test(readFileSync(join(packages, file), 'utf8')),
      );
    // The signal that a wait took is noted in the details of the state that it is in.
    expect(writers).toEqual(['ledger/src/holder/signal-taker.ts']);
  });
});

describe('law 4: a terminal state is left by named moves only', () => {
  const at = 1_000;
  const stateOf = (type: StateType, move?: Move): State => ({
    type,
    name: move === 'rollback' ? StateName.RolledBack : type,
    at,
    message: null,
    details: null,
  });
  const written = (verdict: Verdict): StateType | undefined =>
    verdict.status === 'ACCEPT' || verdict.status === 'REJECT' ? verdict.changes?.state.type : undefined;

  test.each(['flow', 'task'] as const)(
    'of a %s, for every end, every proposal, every move and every proposer',
    (kind) => {
      let left = 0;
      for (const from of terminal) {
        const policy = { retries: 5, retryDelaysMs: [], retryJitter: null };
        const run = exampleRun(kind, stateOf(from), { policy });
        for (const to of types) {
          for (const by of proposers) {
            for (const move of everyMove) {
              const proposal = { state: stateOf(to, move), by, ...(move === undefined ? {} : { move }) };
              const to_ = written(decide(run, proposal, { now: at, random: () => 0 }));
              if (to_ === undefined) continue;
              left += 1;
              const rule = move === undefined ? undefined : moves[move];
              expect(rule?.from.includes(from) === true && rule.to.includes(to_) && rule.by.includes(by)).toBe(true);
            }
          }
        }
      }
      expect(left).toBeGreaterThan(20);
    },
  );

  test('whoever proposes from outside is refused, and the row stays as it is', async () => {
    await using memory = new MemoryEngine();
    await memory.run(() => flow('done', () => 1)());
    await memory
      .run(() =>
        flow('failed', () => {
          throw new Error('no');
        })(),
      )
      .catch(() => undefined);
    const { runs } = await memory.engine.ledger();
    for (const before of await memory.flowRuns()) {
      for (const type of types) {
        for (const by of ['api', 'worker', 'service'] as const) {
          const verdict = await runs.propose(before.id, { state: stateOf(type), by });
          expect({ type, by, written: written(verdict) ?? null }).toEqual({ type, by, written: null });
        }
      }
      expect(await runs.flowRun(before.id)).toMatchObject({
        state: before.state,
        revision: before.revision,
        history: before.history,
      });
    }
  });

  test('of a value and a cancellation that race, one wins, and the other is told', async () => {
    await using memory = new MemoryEngine();
    const { runs } = await memory.engine.ledger();
    const outcomes = new Set<string>();
    for (let round = 0; round < 30; round += 1) {
      const gate = Promise.withResolvers<void>();
      const racing = flow('racing', async () => {
        await gate.promise;
        for (let turns = 0; turns < round; turns += 1) await Promise.resolve();
        return 'value';
      });
      const handle = await memory.run(() => racing.start());
      await expect.poll(async () => (await handle.state()).name).toBe('Running');
      gate.resolve();
      const state = {
        type: StateType.Cancelling,
        name: StateName.Cancelling,
        at: Date.now(),
        message: 'raced',
        details: null,
      };
      const verdict = await runs.propose(handle.id, { state, by: 'api' });
      const result = await handle.result().catch((error: Error) => error.name);
      const ended = (await runs.flowRun(handle.id))?.state.name;
      outcomes.add(`${verdict.status} ${result} ${ended}`);
    }
    for (const outcome of outcomes) {
      expect(['ACCEPT RunCancelled Cancelled', 'ABORT value Completed', 'REJECT value Completed']).toContain(outcome);
    }
  });
});
