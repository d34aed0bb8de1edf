/** A run that others pause: what is at work ends, nothing new begins, and its process is given back until it is resumed. */
import { Engine } from '@millrace/engine';
import { currentRuntime, shutDown } from '@millrace/engine/internal';
import { cancelling, failed, type FlowRunRecord, resuming, type State, suspended } from '@millrace/kernel';
import { flow, resume, sleep, task } from 'millrace';
import { testEngine } from 'millrace/testing';
import { expect, test } from 'vitest';

/** A flow of two steps, of which the first waits at a gate, under way in virtual time. */
async function twoSteps() {
  const calls: string[] = [];
  const gate = Promise.withResolvers<void>();
  const first = task('first', async () => {
    calls.push('first');
    await gate.promise;
    return 1;
  });
  const second = task('second', async (given: number) => {
    calls.push('second');
    return given + 1;
  });
  const stand = await standWith(flow('both', async () => await second(await first())));
  return { ...stand, calls, open: gate.resolve };
}

async function standWith(body: () => Promise<unknown>) {
  const tested = await testEngine();
  let engine: ReturnType<typeof currentRuntime> | undefined;
  const result = tested.run(() => {
    engine = currentRuntime();
    return body();
  });
  result.catch(() => {});
  await tested.advance('1s');
  if (!(engine instanceof Engine)) return expect.unreachable();
  const { runs } = await engine.ledger();
  const stored = async (): Promise<FlowRunRecord> => (await runs.flowRuns({ limit: 1 }))[0] ?? expect.unreachable();
  const taskStates = async (): Promise<readonly string[]> =>
    (await runs.taskRuns({ limit: 10 })).map(({ state }) => state.type);
  const propose = async (state: State): Promise<void> => {
    const verdict = await runs.propose((await stored()).id, { state, by: 'api' });
    expect(verdict.status).toBe('ACCEPT');
    await tested.advance('1s');
  };
  const at = (): number => tested.now.getTime();
  return { tested, engine, result, stored, taskStates, propose, at };
}

test('what is at work ends, nothing new begins, and what was recorded is used when it is resumed', async () => {
  const { tested, propose, stored, taskStates, at, calls, open, result } = await twoSteps();
  await using _ = tested;
  await propose(suspended(at()));
  expect((await stored()).sessionId).not.toBeNull();
  open();
  await tested.advance('1s');
  expect(await stored()).toMatchObject({ state: { name: 'Suspended' }, sessionId: null, wakeAt: null });
  expect(await taskStates()).toEqual(['COMPLETED']);
  await tested.run(async () => await resume((await stored()).id));
  expect(await result).toBe(2);
  expect(calls).toEqual(['first', 'second']);
});

test('a sleep that is under way does not wake it', async () => {
  const { tested, propose, stored, at, result } = await standWith(
    flow('naps', async () => {
      await sleep('1m');
      return 'rested';
    }),
  );
  await using _ = tested;
  await propose(suspended(at()));
  await tested.advance('1h');
  expect(await stored()).toMatchObject({ state: { name: 'Suspended' }, sessionId: null, wakeAt: null });
  await propose(resuming(at()));
  expect(await result).toBe('rested');
});

test('a cancellation that comes after it ends what is at work', async () => {
  const { tested, propose, stored, taskStates, at, calls, result } = await twoSteps();
  await using _ = tested;
  await propose(suspended(at()));
  await propose(cancelling(at(), 'by ann'));
  await tested.advance('10s');
  await expect(result).rejects.toMatchObject({ code: 'RunCancelled' });
  expect((await stored()).state).toMatchObject({ type: 'CANCELLED', message: 'by ann' });
  expect(await taskStates()).toEqual(['CANCELLED']);
  expect(calls).toEqual(['first']);
});

test('the loss of the run that comes after it ends the bodies, and nothing more of them is recorded', async () => {
  const { tested, propose, stored, taskStates, at, open, calls, result } = await twoSteps();
  await using _ = tested;
  await propose(suspended(at()));
  await propose(failed(at(), { message: 'by ann' }));
  open();
  await tested.advance('10s');
  await expect(result).rejects.toMatchObject({ code: 'StaleExecution' });
  expect((await stored()).state).toMatchObject({ type: 'FAILED', message: 'by ann' });
  expect(await taskStates()).toEqual(['CANCELLED']);
  expect(calls).toEqual(['first']);
});

test('a cancellation of a run that its ending process is about to hand over ends it', async () => {
  const { tested, engine, propose, stored, at } = await twoSteps();
  await using _ = tested;
  const ended = shutDown(engine, { reason: 'SIGTERM' });
  await propose(cancelling(at(), 'by ann'));
  await tested.advance('10s');
  expect(await ended).toEqual([]);
  expect((await stored()).state).toMatchObject({ type: 'CANCELLED', message: 'by ann' });
});

test('it is not resumed while its process is at work on it', async () => {
  const { tested, propose, stored, at } = await twoSteps();
  await using _ = tested;
  await propose(suspended(at()));
  const resumed = tested.run(async () => await resume((await stored()).id));
  await expect(resumed).rejects.toMatchObject({ code: 'ConfigurationError', message: /at work still/ });
});

test('the death of its process leaves it suspended', async () => {
  const { tested, propose, at } = await twoSteps();
  await using _ = tested;
  await propose(suspended(at()));
  tested.crash();
  await tested.restart();
  await tested.advance('10s');
  const { runs } = await (await tested.run(async () => currentRuntime())).ledger();
  expect((await runs.flowRuns({ limit: 1 }))[0]).toMatchObject({ state: { name: 'Suspended' }, sessionId: null });
});

test('the end of its process leaves it suspended', async () => {
  const { tested, engine, propose, stored, at } = await twoSteps();
  await using _ = tested;
  await propose(suspended(at()));
  const ended = shutDown(engine, { reason: 'SIGTERM' });
  await tested.advance('10s');
  expect(await ended).toMatchObject([{ became: 'left' }]);
  expect(await stored()).toMatchObject({ state: { name: 'Suspended' }, sessionId: null, wakeAt: null });
});
