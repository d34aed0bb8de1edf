import { flow, task, type TaskContext } from '@millrace/engine';
import { expectTypeOf, test } from 'vitest';
import type { TestEngine } from '../test-engine.ts';

declare const engine: TestEngine;

const fetchUser = task({ name: 'fetch-user', retries: 1 }, async (id: number, name?: string) => ({
  id,
  name: name ?? '',
}));
const counting = task('counting', async function* (n: number) {
  for (let count = 0; count < n; count += 1) yield count;
});

test('a double has the parameters and the result of its task', () => {
  engine.mock(fetchUser, async (id, name) => {
    expectTypeOf(id).toEqualTypeOf<number>();
    expectTypeOf(name).toEqualTypeOf<string | undefined>();
    return { id, name: 'ann' };
  });
  engine.mock(fetchUser, () => ({ id: 1, name: 'ann' }));
  engine.mock(fetchUser.with({ timeout: '1s' }), async (id: number) => ({ id, name: 'ann' }));
  engine.mock(fetchUser, (_id, _name, { signal }: TaskContext) => ({ id: 1, name: String(signal.aborted) }));
  engine.mock(counting, async (n) => [n]);
  engine.mock(counting, async function* (n) {
    yield n;
  });
});

test('what is no double of the task, or no task, does not compile', () => {
  // @ts-expect-error a result that the task does not give
  engine.mock(fetchUser, async () => 'ann');
  // @ts-expect-error a part of the result is missing
  engine.mock(fetchUser, async (id) => ({ id }));
  // @ts-expect-error a parameter that the task does not take
  engine.mock(fetchUser, async (id: string) => ({ id: 1, name: id }));
  const called = flow('f', async () => 1);
  // @ts-expect-error a flow runs as it is
  engine.mock(called, async () => 1);
});
