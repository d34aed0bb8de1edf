/** A thrown value comes back as it was: to the caller, at a replay, and from threads and processes. */
import { flow, task, UpstreamError } from 'millrace';
import { testEngine } from 'millrace/testing';
import { describe, expect, test } from 'vitest';
import { MemoryEngine } from '../../laws/in-memory-engine.ts';
import { linking, thrown, throwing } from './programs/throwing-tasks.ts';

type Caught = Error & {
  readonly at: Date;
  readonly limits: Map<string, bigint>;
  readonly context: { readonly error: unknown; readonly inner: Error };
};

function expectDenied(error: unknown): void {
  const caught = error as Caught;
  expect(caught).toBeInstanceOf(TypeError);
  expect(caught).toMatchObject({ name: 'Denied', message: 'no', at: new Date(0), limits: new Map([['a', 5n]]) });
  expect(Object.keys(caught)).toContain('none');
  expect(caught.context.error).toBe(caught);
  expect(caught.context.inner).toBeInstanceOf(SyntaxError);
  expect(caught.context.inner.cause).toEqual({ row: 1 });
  const all = caught.cause as AggregateError;
  expect(all.errors[0]).toBeInstanceOf(RangeError);
  expect(all.errors[1]).toBe('text');
}

const caughtFrom = async (call: () => Promise<unknown>): Promise<{ readonly error: unknown }> => {
  try {
    await call();
  } catch (error) {
    return { error };
  }
  throw new Error('Nothing was thrown.');
};

describe.each(['inline', 'thread', 'process'] as const)('%s', (isolate) => {
  test('every value and error is what was thrown', { timeout: 120_000 }, async () => {
    await using memory = new MemoryEngine();
    const run = throwing.with({ isolate });
    const seen = flow('seen', async () => {
      for (const [name, make] of Object.entries(thrown))
        expect((await caughtFrom(() => run(name))).error, name).toEqual(make());
      expectDenied((await caughtFrom(() => run('denied'))).error);
    });
    await memory.run(() => seen());
  });

  test('cycles and shared references go there and back', { timeout: 120_000 }, async () => {
    await using memory = new MemoryEngine();
    const part = { id: 1 };
    const value = await memory.run(() => linking.with({ isolate })({ parts: [part, part] }));
    expect(value['isShared']).toBe(true);
    expect(value['self']).toBe(value);
    expect(value['first']).toBe(value['again']);
  });
});

test('a replay catches what the first run caught, and people can read it', async () => {
  await using engine = await testEngine();
  const seen: Record<string, unknown>[] = [];
  const catching = flow('catching', async () => {
    const caught: Record<string, unknown> = {};
    for (const name of [...Object.keys(thrown), 'denied'])
      caught[name] = (await caughtFrom(() => throwing(name))).error;
    seen.push(caught);
    await task('end', () => {})();
  });
  engine.crashAfter('end');
  const result = engine.run(() => catching());
  await engine.settle();
  await engine.restart();
  await result;
  expect(seen).toHaveLength(2);
  for (const caught of seen) {
    for (const [name, make] of Object.entries(thrown)) expect(caught[name], name).toEqual(make());
    expectDenied(caught['denied']);
  }
  const messages = (await engine.runs()).filter(({ name }) => name === 'throwing').map(({ state }) => state.message);
  expect(messages).toContain("{ status: 409, why: 'taken' }");
  expect(messages.join()).not.toContain('[object');
});

test('a flow that throws what is no error fails with it, for its caller and in its state', async () => {
  await using memory = new MemoryEngine();
  const outer = flow('outer', async () => {
    throw Object.freeze({ status: 409 });
  });
  expect((await caughtFrom(() => memory.run(() => outer()))).error).toEqual({ status: 409 });
  const state = await memory.run(() => outer.state());
  expect(state.toString()).toContain('{ status: 409 }');
  expect(state.error).toEqual({ status: 409 });
});

test('an UpstreamError says which run failed and with which error', async () => {
  await using memory = new MemoryEngine();
  const after = task('after', (value: unknown) => value);
  const outer = flow('outer', async () => await after(throwing.submit('object') as never));
  const { error } = await caughtFrom(() => memory.run(() => outer()));
  expect(error).toBeInstanceOf(UpstreamError);
  expect((error as Error).message).toMatch(/run 'throwing[^']*' did not complete: \{ status: 409, why: 'taken' \}/);
  expect((error as Error).cause).toEqual({ status: 409, why: 'taken' });
});
