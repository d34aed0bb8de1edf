import type { FlowRunRecord, Runs } from '@millrace/kernel';
import { describe, expect, it } from 'vitest';
import { databaseKind, databasePath } from './database-place.ts';
import { requireFlowRun, requireTaskRun } from './find-run.ts';
import { parsePairs, parseValue } from './parse-value.ts';
import { stateFilter } from './state-filter.ts';
import { shownUrl } from './stored-at.ts';

function runsWith(...flows: readonly Pick<FlowRunRecord, 'id' | 'name'>[]): Runs {
  const runs: unknown = {
    flowRun: async (id: string) => flows.find((flow) => flow.id.startsWith(id)),
    taskRun: async () => undefined,
    flowRuns: async ({ name }: { name?: string }) => flows.filter((flow) => flow.name === name),
  };
  return runs as Runs;
}

const otter = { id: '01a207b1-7492-7172-866b-26bce850ef5c', name: 'merry-otter' };

describe('a run that is pointed at', () => {
  it('is found by id, by at least 4 characters of it, in any case, and by name', async () => {
    for (const reference of [otter.id, '01a2', '01A207B1', '01a207b1-7492', 'merry-otter'])
      expect(await requireFlowRun(runsWith(otter), reference)).toBe(otter);
  });

  it('is a typed error when there is none, or when it is too short to mean one', async () => {
    await expect(requireFlowRun(runsWith(otter), 'ffff')).rejects.toMatchObject({ code: 'RunNotFound' });
    await expect(requireFlowRun(runsWith(otter), 'sad-otter')).rejects.toMatchObject({ code: 'RunNotFound' });
    await expect(requireTaskRun(runsWith(otter), 'double-1')).rejects.toMatchObject({ code: 'RunNotFound' });
    await expect(requireFlowRun(runsWith(otter), '01a')).rejects.toMatchObject({ code: 'UsageError' });
  });

  it('is never guessed among several of one name', async () => {
    const twin = { ...otter, id: '02' };
    await expect(requireFlowRun(runsWith(otter, twin), 'merry-otter')).rejects.toThrow(
      /Several flow runs are named 'merry-otter'/,
    );
  });
});

describe('values of the command line', () => {
  it('are JSON where they are JSON, text otherwise', () => {
    expect(['10', 'true', 'null', '[1,2]', '{"a":1}', '"10"', 'eu', '1.2.3', ''].map(parseValue)).toEqual([
      10,
      true,
      null,
      [1, 2],
      { a: 1 },
      '10',
      'eu',
      '1.2.3',
      '',
    ]);
  });

  it('are never another number than the one that is written', () => {
    expect(
      ['12345678901234567890', '1e400', '-9007199254740993', '100000000000000000000', '0.1'].map(parseValue),
    ).toEqual(['12345678901234567890', '1e400', '-9007199254740993', 1e20, 0.1]);
    expect(() => parseValue('[12345678901234567890]')).toThrow('give it as a text, "12345678901234567890"');
  });

  it('are given by name, once each, and may hold an equals sign', () => {
    expect(parsePairs(['n=1', 'query=a=b', 'empty='])).toEqual({ n: 1, query: 'a=b', empty: '' });
    expect(Object.keys(parsePairs(['__proto__=1']))).toEqual(['__proto__']);
    expect(() => parsePairs(['n'])).toThrow(/write it as -p name=value/);
    expect(() => parsePairs(['=1'])).toThrow(/write it as -p name=value/);
    expect(() => parsePairs(['n=1', 'n=2'])).toThrow(/twice/);
  });

  it('name states by type or by name, in any case', () => {
    expect(stateFilter(['failed', 'CRASHED'])).toEqual({ stateTypes: ['FAILED', 'CRASHED'] });
    expect(stateFilter(['timedout'])).toEqual({ stateNames: ['TimedOut'] });
    expect(stateFilter([])).toEqual({});
    expect(() => stateFilter(['done'])).toThrow(/no state/);
  });
});

describe('the database of the environment', () => {
  it('is shown without its password', () => {
    expect(shownUrl('postgres://me:secret@host/db')).toBe('postgres://me:***@host/db');
    expect(shownUrl('postgres://host/db?user=me&password=secret')).not.toContain('secret');
    expect(shownUrl('/data/millrace.db')).toBe('/data/millrace.db');
  });

  it('is a file only where it is SQLite', () => {
    expect(databasePath('sqlite:/data/a.db')).toBe('/data/a.db');
    expect(databasePath('file:///data/a.db')).toBe('/data/a.db');
    expect(databasePath(':memory:')).toBeNull();
    expect(databasePath('postgres://host/db')).toBeNull();
    expect(databaseKind('postgresql://host/db')).toBe('postgres');
  });
});
