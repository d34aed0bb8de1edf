/** Values between a body and its process: they arrive as they were, with the futures in them over the same runs. */
import { NotTransferable } from '@millrace/kernel';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AllowFailure } from '../definitions/annotations.ts';
import { waitDefinition } from '../definitions/wait-definition.ts';
import { InertRuntime } from '../engine/inert-runtime.ts';
import { RunFuture } from '../futures/run-future.ts';
import { RunFutureList } from '../futures/run-future-list.ts';
import type { Run } from '../runs/model.ts';
import { createRun } from '../runs/run.ts';
import { arrived, crossed } from './crossing.ts';

const runtime = new InertRuntime();
const runs = Array.from({ length: 3 }, (_, index) =>
  createRun(runtime, waitDefinition(`r${index}`), { caller: null, args: [], id: `r${index}` }),
);
const runOf = (number: number): Run => runs[number] ?? expect.unreachable();
const numberOf = (run: Run): number => runs.findIndex(({ id }) => id === run.id);

function sent(value: unknown): unknown {
  return arrived(crossed(value, { owner: 'work', path: 'argument', numberOf }), runOf);
}

/** The value with each future as its run, so that two can be compared. */
function shown(value: unknown): unknown {
  if (value instanceof RunFuture) return { future: RunFuture.runOf(value) };
  if (value instanceof RunFutureList) return { futures: RunFutureList.runsOf(value) };
  if (value instanceof AllowFailure) return { allowed: shown(value.future) };
  if (Array.isArray(value)) return value.map(shown);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shown(item)]));
}

const future = fc.nat(runs.length - 1).map((number) => new RunFuture(runOf(number)));
const leaf = fc.oneof(
  fc.string(),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  future,
  future.map((inner) => new AllowFailure(inner)),
  fc.constant(null).map(() => new RunFutureList([...runs])),
);
const { value: anyValue } = fc.letrec((tie) => ({
  value: fc.oneof({ depthSize: 'small' }, leaf, fc.array(tie('value')), fc.dictionary(fc.string(), tie('value'))),
}));

describe('a value that crosses', () => {
  it('arrives as it was', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        expect(shown(sent(value))).toEqual(shown(value));
      }),
    );
  });

  it('is refused by its path where it can not', () => {
    const cross = (): unknown => sent({ list: [1, () => {}] });
    expect(cross).toThrow(NotTransferable);
    expect(cross).toThrow(/argument\.list\[1\]/);
  });
});
