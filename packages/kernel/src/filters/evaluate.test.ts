/** The meaning of each test of a field, each join and each relation: one line a case. */
import { describe, expect, it } from 'vitest';
import { completed, failed } from '../states/constructors.ts';
import type { FlowRunRecord } from '../runs/flow-run.ts';
import type { TaskRunRecord } from '../runs/task-run.ts';
import { evaluate, type RelatedRecords } from './evaluate.ts';
import type { Filter } from './filter.ts';
import { fieldOf, type Resource, type ResourceRecords, resourceOf } from './resources.ts';

const run: FlowRunRecord = {
  ...flowRun('f1'),
  name: 'Brave-Otter',
  tags: ['nightly', 'eu'],
  idempotencyKey: 'order-7',
  state: failed(5, { name: 'TimedOut' }),
  startAt: 20,
};
const bare = flowRun('f0');
const child: FlowRunRecord = { ...flowRun('f2'), flowName: 'child', parentFlowRunId: 'f1', rootFlowRunId: 'f1' };
const task = taskRun('t1', 'f1');
const loose = taskRun('t2', null);

const records: { readonly [R in Resource]: readonly ResourceRecords[R][] } = {
  'flow-run': [bare, run, child],
  'task-run': [task, loose],
  log: [],
  artifact: [],
  variable: [],
};

const related: RelatedRecords = (resource, name, value) => {
  const field = fieldOf(resourceOf(resource), name);
  return records[resource].filter((record) => field.read(record) === value);
};

const isWanted = (filter: Filter<'flow-run'>, record: FlowRunRecord): boolean =>
  evaluate(filter, { resource: 'flow-run', record }, related);

describe('a filter of flow runs', () => {
  it.each<[Filter<'flow-run'>, boolean, boolean]>([
    [{ kind: 'field', field: 'stateType', test: 'anyOf', values: ['FAILED', 'CRASHED'] }, true, false],
    [{ kind: 'field', field: 'stateType', test: 'anyOf', values: [] }, false, false],
    [{ kind: 'field', field: 'stateName', test: 'noneOf', values: ['TimedOut'] }, false, true],
    [{ kind: 'field', field: 'idempotencyKey', test: 'noneOf', values: ['other'] }, true, false],
    [{ kind: 'field', field: 'idempotencyKey', test: 'isNull' }, false, true],
    [{ kind: 'field', field: 'idempotencyKey', test: 'startsWith', part: 'order-' }, true, false],
    [{ kind: 'field', field: 'name', test: 'contains', part: 'E-oTT' }, true, false],
    [{ kind: 'field', field: 'name', test: 'contains', part: '%' }, false, false],
    [{ kind: 'field', field: 'tags', test: 'allOf', values: ['eu', 'nightly'] }, true, false],
    [{ kind: 'field', field: 'tags', test: 'allOf', values: ['eu', 'us'] }, false, false],
    [{ kind: 'field', field: 'tags', test: 'allOf', values: [] }, true, false],
    [{ kind: 'field', field: 'tags', test: 'anyOf', values: ['eu', 'us'] }, true, false],
    [{ kind: 'field', field: 'tags', test: 'isNull' }, false, true],
    [{ kind: 'field', field: 'startAt', test: 'atLeast', bound: 20 }, true, false],
    [{ kind: 'field', field: 'startAt', test: 'atMost', bound: 20 }, true, false],
    [{ kind: 'field', field: 'startAt', test: 'below', bound: 20 }, false, false],
    [{ kind: 'field', field: 'sortAt', test: 'below', bound: 20 }, false, true],
    [{ kind: 'field', field: 'id', test: 'atLeast', bound: 'f1' }, true, false],
    [{ kind: 'field', field: 'rootFlowRunId', test: 'isNull' }, true, true],
    [{ kind: 'and', filters: [] }, true, true],
    [{ kind: 'or', filters: [] }, false, false],
  ])('%j: %s of the one that has it all, %s of the bare one', (filter, ofRun, ofBare) => {
    expect([isWanted(filter, run), isWanted(filter, bare)]).toEqual([ofRun, ofBare]);
    expect([isWanted({ kind: 'not', filter }, run), isWanted({ kind: 'not', filter }, bare)]).toEqual([
      !ofRun,
      !ofBare,
    ]);
  });

  it('joins filters with and, or', () => {
    const isFailed: Filter<'flow-run'> = { kind: 'field', field: 'stateType', test: 'anyOf', values: ['FAILED'] };
    const isNested: Filter<'flow-run'> = { kind: 'field', field: 'flowName', test: 'anyOf', values: ['child'] };
    const wanted = (kind: 'and' | 'or') =>
      records['flow-run'].filter((one) => isWanted({ kind, filters: [isFailed, isNested] }, one));
    expect(wanted('or')).toEqual([run, child]);
    expect(wanted('and')).toEqual([]);
  });

  it('follows relations: subflows, parents, task runs and back', () => {
    const named = (name: string): Filter<'flow-run'> => ({
      kind: 'field',
      field: 'flowName',
      test: 'anyOf',
      values: [name],
    });
    expect(isWanted({ kind: 'exists', relation: 'subflows', filter: named('child') }, run)).toBe(true);
    expect(isWanted({ kind: 'exists', relation: 'subflows', filter: named('etl') }, run)).toBe(false);
    expect(isWanted({ kind: 'exists', relation: 'parent', filter: named('etl') }, child)).toBe(true);
    expect(isWanted({ kind: 'exists', relation: 'parent', filter: { kind: 'and', filters: [] } }, run)).toBe(false);
    const isFetch: Filter<'task-run'> = { kind: 'field', field: 'taskKey', test: 'anyOf', values: ['fetch'] };
    expect(isWanted({ kind: 'exists', relation: 'taskRuns', filter: isFetch }, run)).toBe(true);
    expect(isWanted({ kind: 'exists', relation: 'taskRuns', filter: isFetch }, child)).toBe(false);
    const ofTagged: Filter<'task-run'> = {
      kind: 'exists',
      relation: 'flowRun',
      filter: { kind: 'field', field: 'tags', test: 'anyOf', values: ['eu'] },
    };
    const wanted = records['task-run'].filter((record) =>
      evaluate(ofTagged, { resource: 'task-run', record }, related),
    );
    expect(wanted).toEqual([task]);
  });
});

function flowRun(id: string): FlowRunRecord {
  return {
    kind: 'flow',
    id,
    driver: 'engine',
    name: 'plain',
    flowName: 'etl',
    flowVersion: null,
    parentFlowRunId: null,
    parentTaskRunId: null,
    rootFlowRunId: id,
    replayKey: null,
    idempotencyKey: null,
    deploymentId: null,
    workQueueId: null,
    details: null,
    state: completed(5),
    history: [],
    runCount: 0,
    crashCount: 0,
    parameters: '{}',
    outcome: null,
    tags: [],
    policy: { retries: 0, retryDelaysMs: [], retryJitter: null, crashRetries: 3 },
    createdAt: 1,
    expectedStartAt: 10,
    nextStartAt: null,
    startAt: null,
    endAt: null,
    runTimeMs: 0,
    wakeAt: null,
    waiting: null,
    divergence: [],
    rerunOf: null,
    lastSeenAt: null,
    sessionId: null,
    token: 1,
    revision: '',
  };
}

function taskRun(id: string, flowRunId: string | null): TaskRunRecord {
  return {
    id,
    name: 'fetch-0',
    kind: 'task',
    flowRunId,
    sessionId: null,
    parentTaskRunId: null,
    taskKey: 'fetch',
    dynamicKey: null,
    replayKey: 'fetch:0',
    state: completed(5),
    history: [],
    runCount: 0,
    flowRunCount: 1,
    parameters: null,
    inputs: [],
    outcome: null,
    cacheKey: null,
    retryPolicy: null,
    tags: [],
    details: null,
    createdAt: 1,
    startAt: null,
    endAt: null,
    runTimeMs: 0,
    wakeAt: null,
  };
}
