/** `race()` over waits: the loser is cancelled, so that its flow ends with the winner. */
import { flow, race, sendSignal, sleep, sleepUntil, task, waitForSignal } from 'millrace';
import { testEngine } from 'millrace/testing';
import { expect, test } from 'vitest';

test('a task, a signal or the shorter sleep wins, and the others wait no more', async () => {
  await using engine = await testEngine({ time: 'virtual' });
  const work = task('work', () => 'done');
  const outer = flow('outer', async () => {
    const first = await race([work.submit(), sleep('1h')]);
    const second = await race([waitForSignal<string>('approved'), sleepUntil(new Date('2999-01-01'))]);
    const third = await race([waitForSignal('never'), sleep('1m')]);
    return [first, second, third];
  });
  const handle = await engine.run(() => outer.start());
  await engine.run(() => sendSignal(handle.id, 'approved', 'by ann'));
  await engine.advance('2m');
  expect(await handle.result()).toEqual(['done', 'by ann', undefined]);
  expect((await handle.state()).name).toBe('Completed');
});
