import { describe, expect, it } from 'vitest';
import { type LockedTable, LockOrder } from './lock-order.ts';

type Step = readonly [LockedTable, readonly string[] | undefined, boolean];

describe('the order of locks', () => {
  it.each<[string, readonly Step[]]>([
    [
      'ids that grow are waited for',
      [
        ['flow_run', ['a'], true],
        ['flow_run', ['b', 'c'], true],
      ],
    ],
    [
      'an id before the last is not',
      [
        ['flow_run', ['b'], true],
        ['flow_run', ['a'], false],
      ],
    ],
    [
      'nor one that several rows span',
      [
        ['flow_run', ['a', 'c'], true],
        ['flow_run', ['b'], false],
      ],
    ],
    [
      'a later table is',
      [
        ['flow_run', ['b'], true],
        ['slot_limit', ['a'], true],
      ],
    ],
    [
      'an earlier table is not',
      [
        ['slot_limit', ['a'], true],
        ['flow_run', ['b'], false],
      ],
    ],
    [
      'what is out of order moves nothing back',
      [
        ['flow_run', ['b'], true],
        ['key', ['x'], false],
        ['flow_run', ['c'], true],
      ],
    ],
    [
      'no rows are no lock',
      [
        ['slot_limit', ['a'], true],
        ['flow_run', [], true],
      ],
    ],
    [
      'any row of a table is every row',
      [
        ['flow_run', undefined, true],
        ['flow_run', ['z'], false],
      ],
    ],
    [
      'and not after one of them',
      [
        ['flow_run', ['a'], true],
        ['flow_run', undefined, false],
      ],
    ],
  ])('%s', (_title, steps) => {
    const locks = new LockOrder();
    expect(steps.map(([table, ids]) => locks.take(table, ids))).toEqual(steps.map(([, , isAfter]) => isAfter));
  });
});
