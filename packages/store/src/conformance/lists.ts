/** Conformance suite of lists: a database returns the records that the kernel's `evaluate` accepts, in the kernel's order. */
import fc from 'fast-check';
import {
  type AnyFilter,
  comparePositions,
  evaluate,
  type Field,
  fieldOf,
  type Filter,
  type FlowRunRecord,
  type ListQuery,
  positionOf,
  type RelatedRecords,
  type Resource,
  type ResourceRecords,
  resourceOf,
  type TaskRunRecord,
} from '@millrace/kernel';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Store } from '../index.ts';
import { type Database, epoch, flowRun, type MakeDatabase, nextId, state, taskRun } from './harness.ts';

const recordCount = 40;
const names = ['etl', 'Report', 'report_2', '100%'];
const tags = ['eu', 'us', 'e'];
const types = ['RUNNING', 'COMPLETED', 'FAILED', 'SCHEDULED'] as const;
const instants = [epoch, epoch + 0.001, epoch + 1.5];

/** Records that have most things in common, so that every filter has something to find and something to leave out. */
function records(): { readonly flows: readonly FlowRunRecord[]; readonly tasks: readonly TaskRunRecord[] } {
  const one = <T>(values: readonly T[], index: number): T =>
    fc.sample(fc.constantFrom(...values), { seed: index, numRuns: 1 })[0]!;
  const ids = Array.from({ length: recordCount }, () => nextId());
  const flows = ids.map((id, index) =>
    flowRun({
      id,
      name: one(names, index),
      flowName: one(names, index + 100),
      flowVersion: one([null, '1', '2'], index),
      tags: [...new Set([one(tags, index), one(tags, index + 200)])].slice(index % 3),
      state: state(one(types, index + 300)),
      idempotencyKey: index % 3 === 0 ? `key-${index}` : null,
      parentFlowRunId: index % 2 === 0 || index < 4 ? null : ids[index % 4]!,
      rootFlowRunId: index % 2 === 0 || index < 4 ? id : ids[index % 4]!,
      deploymentId: one([null, 'd1', 'd2'], index + 1_300),
      workQueueId: one([null, 'q1'], index + 1_400),
      expectedStartAt: one(instants, index),
      nextStartAt: one([null, ...instants], index + 1_500),
      startAt: one([null, ...instants], index + 400),
      endAt: one([null, ...instants], index + 500),
    }),
  );
  const tasks = ids.map((_, index) =>
    taskRun({
      name: one(names, index),
      taskKey: one(names, index + 600),
      flowRunId: one([null, ...ids.slice(0, 6)], index + 700),
      tags: one([[], ['eu'], ['eu', 'us']], index + 800),
      state: state(one(types, index + 900)),
      createdAt: one(instants, index + 1_000),
      startAt: one([null, ...instants], index + 1_100),
      endAt: one([null, ...instants], index + 1_200),
    }),
  );
  return { flows, tasks };
}

/** Filters of a resource to this depth, with values that its records have, nearly have and do not have. */
function filters(
  resource: Resource,
  values: ReadonlyMap<string, readonly (string | number)[]>,
  depth: number,
): fc.Arbitrary<AnyFilter> {
  const { fields, relations } = resourceOf(resource);
  const tests = Object.entries(fields).map(([field, { type }]) =>
    fieldTests(field, type, values.get(`${resource}.${field}`) ?? []),
  );
  const test: fc.Arbitrary<AnyFilter> = fc.oneof(...tests);
  if (depth === 0) return test;
  const part = filters(resource, values, depth - 1);
  const related = Object.entries(relations).map(([relation, { to }]) =>
    filters(to, values, depth - 1).map((filter): AnyFilter => ({ kind: 'exists', relation, filter })),
  );
  const joined = fc.record({ kind: fc.constantFrom('and', 'or'), filters: fc.array(part, { maxLength: 3 }) });
  const negated = fc.record({ kind: fc.constant('not'), filter: part });
  return fc.oneof(test, joined, negated, ...related);
}

function fieldTests(
  field: string,
  type: Field<unknown>['type'],
  values: readonly (string | number)[],
): fc.Arbitrary<AnyFilter> {
  const leaf = { kind: fc.constant('field'), field: fc.constant(field) };
  const isNull = fc.record({ ...leaf, test: fc.constant('isNull') });
  const texts = fc.constantFrom(...values.map(String), 'absent');
  if (type === 'number' || type === 'instant') {
    const bound = fc.constantFrom(...values.map(Number), epoch - 1);
    return fc.oneof(isNull, fc.record({ ...leaf, test: fc.constantFrom('atLeast', 'atMost', 'below'), bound }));
  }
  const many = fc.array(texts, { maxLength: 3 });
  if (type === 'tags')
    return fc.oneof(isNull, fc.record({ ...leaf, test: fc.constantFrom('anyOf', 'allOf'), values: many }));
  const part = fc.oneof(texts, fc.constantFrom('', 'REP', '%', '_', 'key-1'));
  return fc.oneof(
    isNull,
    fc.record({ ...leaf, test: fc.constantFrom('anyOf', 'noneOf'), values: many }),
    fc.record({ ...leaf, test: fc.constantFrom('contains', 'startsWith'), part }),
    fc.record({ ...leaf, test: fc.constantFrom('atLeast', 'atMost', 'below'), bound: texts }),
  );
}

export function exerciseLists(makeDatabase: MakeDatabase): void {
  describe('lists', () => {
    const { flows, tasks } = records();
    const all: { readonly [R in Resource]: readonly ResourceRecords[R][] } = {
      'flow-run': flows,
      'task-run': tasks,
      log: [],
      artifact: [],
      variable: [],
    };
    const related: RelatedRecords = (resource, name, value) => {
      const field = fieldOf(resourceOf(resource), name);
      return all[resource].filter((record) => field.read(record) === value);
    };
    const values = new Map([...valuesOf('flow-run', flows), ...valuesOf('task-run', tasks)]);
    let database: Database;
    let store: Store;
    beforeAll(async () => {
      database = await makeDatabase();
      store = await database.open();
      await Promise.all([
        ...flows.map((run) => store.putFlowRun(run)),
        ...tasks.map((run) => store.putTaskRun(run, null)),
      ]);
    });
    afterAll(() => database[Symbol.asyncDispose]());

    const wanted = <R extends Resource>(
      resource: R,
      filter: Filter<R> & AnyFilter,
      { by, direction }: Required<ListQuery<R>>['order'],
    ) =>
      all[resource]
        .filter((record) => evaluate(filter, { resource, record }, related))
        .map((record) => positionOf(resource, by, record))
        .sort((first, second) => comparePositions(direction, first, second));

    test('of flow runs, in every order, are what evaluate says', async () => {
      const by = fc.constantFrom('id', 'sortAt', 'expectedStartAt', 'nextStartAt', 'name', 'endAt');
      await fc.assert(
        fc.asyncProperty(filters('flow-run', values, 2), by, pages(), async (given, field, page) => {
          const filter = given as Filter<'flow-run'> & AnyFilter;
          const order = { by: field, direction: page.direction };
          const positions = wanted('flow-run', filter, order);
          const query = { filter, order, ...pageOf(positions, page) };
          const found = await store.read(({ flowRuns }) => flowRuns.find(query));
          expect(found.map((run) => positionOf('flow-run', field, run))).toEqual(sliceOf(positions, page));
          expect(await store.read(({ flowRuns }) => flowRuns.count(filter))).toBe(positions.length);
        }),
        { numRuns: 150 },
      );
    });

    test('of task runs are what evaluate says', async () => {
      const by = fc.constantFrom('id', 'createdAt');
      await fc.assert(
        fc.asyncProperty(filters('task-run', values, 2), by, pages(), async (given, field, page) => {
          const filter = given as Filter<'task-run'> & AnyFilter;
          const order = { by: field, direction: page.direction };
          const positions = wanted('task-run', filter, order);
          const query = { filter, order, ...pageOf(positions, page) };
          const found = await store.read(({ taskRuns }) => taskRuns.find(query));
          expect(found.map((run) => positionOf('task-run', field, run))).toEqual(sliceOf(positions, page));
          expect(await store.read(({ taskRuns }) => taskRuns.count(filter))).toBe(positions.length);
        }),
        { numRuns: 100 },
      );
    });
  });
}

interface Page {
  readonly direction: 'ascending' | 'descending';
  readonly limit: number;
  readonly offset: number;
  /** The place of the record after which the page begins; -1 = at the beginning. */
  readonly after: number;
}

function pages(): fc.Arbitrary<Page> {
  return fc.record({
    direction: fc.constantFrom('ascending', 'descending'),
    limit: fc.constantFrom(1, 3, 100),
    offset: fc.constantFrom(0, 0, 2),
    after: fc.constantFrom(-1, -1, 0, 4),
  });
}

type Positions = readonly ReturnType<typeof positionOf>[];

function pageOf(positions: Positions, { limit, offset, after }: Page) {
  const position = positions[after];
  return { limit, offset, ...(position === undefined ? {} : { after: position }) };
}

function sliceOf(positions: Positions, { limit, offset, after }: Page): Positions {
  const start = (after < positions.length ? after + 1 : 0) + offset;
  return positions.slice(start, start + limit);
}

/** The values that the records have in each field, each once. */
function valuesOf<R extends Resource>(
  resource: R,
  given: readonly ResourceRecords[R][],
): [string, (string | number)[]][] {
  return Object.entries(resourceOf(resource).fields).map(([name, field]) => {
    const found = given.flatMap((record) => field.read(record) ?? []);
    return [`${resource}.${name}`, [...new Set(found)].slice(0, 8)];
  });
}
