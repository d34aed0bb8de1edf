/** The search for a cycle of waits: it finds one exactly where a run waits, directly or not, for the run that would wait for it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { waitDefinition } from '../definitions/wait-definition.ts';
import { InertRuntime } from '../engine/inert-runtime.ts';
import type { Run } from './model.ts';
import { createRun } from './run.ts';
import { ChildScope } from './scope.ts';
import { findCycle } from './waiting.ts';

const runtime = new InertRuntime();

function runsOf(count: number): readonly Run[] {
  return Array.from({ length: count }, (_, index) =>
    createRun(runtime, waitDefinition(`r${index}`), { caller: null, args: [], id: `r${index}` }),
  );
}

const COUNT = 7;
const waits = fc.array(fc.tuple(fc.nat(COUNT - 1), fc.nat(COUNT - 1)), { maxLength: 14 });

/** Whether a way leads from one run to the other: by the closure of the waits. */
function leadsTo(from: number, to: number, edges: readonly (readonly [number, number])[]): boolean {
  const reached = new Set([from]);
  for (let grown = 0; grown !== reached.size; ) {
    grown = reached.size;
    for (const [waiter, target] of edges) if (reached.has(waiter)) reached.add(target);
  }
  return reached.has(to);
}

describe('the search for a cycle', () => {
  it('finds one where, and only where, the target leads to the run that would wait', () => {
    fc.assert(
      fc.property(waits, fc.nat(COUNT - 1), fc.nat(COUNT - 1), (edges, target, waiter) => {
        const runs = runsOf(COUNT);
        const at = (index: number): Run => runs[index] ?? expect.unreachable();
        for (const [from, to] of edges) at(from).waitOn([at(to)]);
        const cycle = findCycle(at(target), at(waiter));
        expect(cycle !== undefined).toBe(leadsTo(target, waiter, edges));
        if (cycle === undefined) return;
        expect([cycle[0], cycle.at(-1)]).toEqual([at(waiter), at(waiter)]);
        for (const [index, run] of cycle.slice(1, -1).entries())
          expect([...(run.waitingOn ?? [])].flat()).toContain(cycle[index + 2]);
      }),
    );
  });

  it('counts a wait that is over no more', () => {
    const [first, second] = runsOf(2) as [Run, Run];
    const waited = second.waitOn([first]);
    expect(findCycle(second, first)).toEqual([first, second, first]);
    waited();
    expect(findCycle(second, first)).toBeUndefined();
  });

  it('counts the open children of a body that has ended', () => {
    const [parent, child] = runsOf(2) as [Run, Run];
    const scope = new ChildScope();
    scope.join(child);
    parent.enterScope(scope);
    expect(findCycle(parent, child)).toBeUndefined();
    scope.closing = true;
    expect(findCycle(parent, child)).toEqual([child, parent, child]);
  });
});
