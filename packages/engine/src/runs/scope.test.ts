/** A scope: it is idle when nothing that it started is open, at whatever depth, and it refuses calls once it is closed. */
import { RunCancelled } from '@millrace/kernel';
import { describe, expect, it } from 'vitest';
import { waitDefinition } from '../definitions/wait-definition.ts';
import { InertRuntime } from '../engine/inert-runtime.ts';
import { EVICTED } from './eviction.ts';
import type { Run } from './model.ts';
import { createRun } from './run.ts';
import { ChildScope } from './scope.ts';

const runtime = new InertRuntime();

function child(): Run {
  return createRun(runtime, waitDefinition('child'), { caller: null, args: [], id: 'child' });
}

/** Whether the promise has resolved when every microtask of now has run. */
async function isResolved(promise: Promise<unknown>): Promise<boolean> {
  let resolved = false;
  void promise.then(() => {
    resolved = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  return resolved;
}

describe('a scope', () => {
  it('is idle at once while nothing joined, and again when the last child left', async () => {
    const scope = new ChildScope();
    expect(await isResolved(scope.idle())).toBe(true);
    const [first, second] = [child(), child()];
    scope.join(first);
    scope.join(second);
    const idle = scope.idle();
    scope.childLeft(first);
    expect(await isResolved(idle)).toBe(false);
    scope.childLeft(second);
    expect(await isResolved(idle)).toBe(true);
  });

  it('is not idle while runs are about to join', async () => {
    const scope = new ChildScope();
    const release = scope.hold();
    const idle = scope.idle();
    expect([scope.isEmpty, await isResolved(idle)]).toEqual([false, false]);
    release();
    expect([scope.isEmpty, await isResolved(idle)]).toEqual([true, true]);
  });

  it('passes what joins it, and what is about to, to the scope around it', () => {
    const outer = new ChildScope();
    const inner = new ChildScope({ outer, onFailure: () => {} });
    const run = child();
    inner.join(run);
    const release = inner.hold();
    expect([...outer.open]).toEqual([run]);
    inner.childLeft(run);
    expect([outer.open.size, outer.isEmpty]).toEqual([0, false]);
    release();
    expect(outer.isEmpty).toBe(true);
  });

  it.each([
    ['a reason', 'it has ended', RunCancelled],
    ['an error', new TypeError('by an error'), TypeError],
  ])('that is closed by %s refuses calls with it, and so does every scope within', (_, why, kind) => {
    const outer = new ChildScope();
    const inner = new ChildScope({ outer, onFailure: () => {} });
    outer.close(why);
    // The first reason counts.
    outer.close('another reason');
    for (const scope of [outer, inner]) {
      expect(() => scope.requireOpen()).toThrow(kind);
      expect(() => scope.join(child())).toThrow(kind);
      expect(scope.isEmpty).toBe(true);
    }
  });

  it('shows whether its body was evicted', () => {
    const [evicted, ended] = [new ChildScope(), new ChildScope()];
    evicted.close(EVICTED);
    ended.close();
    expect([evicted.isEvicted, ended.isEvicted]).toEqual([true, false]);
  });

  it('calls the listeners of an abandoned body last first, also one that comes late, and whatever others throw', async () => {
    const scope = new ChildScope();
    const called: string[] = [];
    const listener = (name: string) => async (): Promise<void> => {
      called.push(name);
      if (name === 'second') throw new Error('on purpose');
    };
    const removed = scope.onAbandoned(listener('removed'));
    for (const name of ['first', 'second', 'third']) scope.onAbandoned(listener(name));
    removed.remove();
    await scope.abandon({ continues: false });
    expect(called).toEqual(['third', 'second', 'first']);
    scope.onAbandoned(listener('late'));
    expect(called.at(-1)).toBe('late');
  });
});
