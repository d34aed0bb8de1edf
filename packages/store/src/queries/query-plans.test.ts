/** Every frequent query finds its rows by an index: none reads a whole table, however large it has become (law 8). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { machineHost } from '../adapters/host.ts';
import type { SqlParameter } from '../sql/dialect.ts';
import type { SqliteDialect } from '../dialect/sqlite/dialect.ts';
import { openSqlite } from '../dialect/sqlite/open.ts';
import type { Transaction } from '../index.ts';
import type { QueryContext } from './context.ts';
import { transactionOver } from './transaction.ts';

type Use = (transaction: Transaction) => Promise<unknown>;

const claim = { key: 'k', leaseId: 'l', holderId: 'h', sessionId: 's' };
const signal = { id: 'i', flowRunId: 'f', name: 'n', payload: '1', idempotencyKey: 'k' };
const hold = { leaseId: 'l', names: ['a'], occupy: 1, mode: 'concurrency', holderId: 'h', sessionId: 's' } as const;

const part = { limit: 10, blobsDueAt: 1 };

const frequent: Readonly<Record<string, Use>> = {
  'a run by id': ({ flowRuns }) => flowRuns.get('f'),
  'a run for update': ({ flowRuns }) => flowRuns.getForUpdate('f'),
  'a run by key': ({ flowRuns }) => flowRuns.getByKey('etl', 'k'),
  'runs by prefix': ({ flowRuns }) => flowRuns.idsByPrefix('0192', 2),
  'runs of a flow': ({ flowRuns }) => flowRuns.list({ flowName: 'etl', after: 'x' }),
  'runs in a state': ({ flowRuns }) => flowRuns.list({ stateTypes: ['FAILED', 'CRASHED'] }),
  'runs of a tree': ({ flowRuns }) => flowRuns.list({ rootFlowRunId: 'f' }),
  'runs under a run': ({ flowRuns }) => flowRuns.list({ parentFlowRunId: 'f' }),
  'children for replay': ({ flowRuns }) => flowRuns.childrenOf('f'),
  'what a session holds': ({ flowRuns }) => flowRuns.heldBy('s', { limit: 10, interrupted: true }),
  heads: ({ flowRuns }) => flowRuns.heads(['a', 'b']),
  'unfinished below a run': ({ flowRuns }) => flowRuns.unfinishedUnder('f', 10),
  'a task run by id': ({ taskRuns }) => taskRuns.get('t'),
  'task runs for replay': ({ taskRuns }) => taskRuns.recorded('f'),
  outcomes: ({ taskRuns }) => taskRuns.outcomes(['a', 'b']),
  'task runs of a run': ({ taskRuns }) => taskRuns.list({ flowRunId: 'f', stateTypes: ['FAILED'] }),
  'task runs of a tree': ({ taskRuns }) => taskRuns.list({ rootFlowRunId: 'f' }),
  'task runs of a task run': ({ taskRuns }) => taskRuns.list({ parentTaskRunId: 't' }),
  'counts of a tree': ({ taskRuns }) => taskRuns.counts({ rootFlowRunId: 'f' }),
  'unfinished task runs': ({ taskRuns }) => taskRuns.unfinishedOf('f', 10),
  'task runs whose session is over': ({ taskRuns }) => taskRuns.orphaned(10),
  'taking them': ({ taskRuns }) => taskRuns.takeOrphaned(10),
  'the next row': ({ inspection }) => inspection.nextId('task_run', 'x'),
  'keys used twice': ({ inspection }) => inspection.repeatedKeys('f', 10),
  'sending a signal': ({ signals }) => signals.send(signal),
  'taking a signal': ({ signals }) => signals.takeOldest('f', 'n'),
  'signals of a run': ({ signals }) => signals.list('f', { after: 'x' }),
  'extending a session': ({ sessions }) => sessions.extend('s', 1),
  'locking limits': ({ slots }) => slots.lock(['a', 'b']),
  'holding slots': ({ slots }) => slots.hold(hold),
  'releasing slots': ({ slots }) => slots.release('l'),
  'releasing a holder': ({ slots }) => slots.releaseHeldBy('h'),
  'claiming a key': ({ cache }) => cache.claim(claim),
  'a cached value': ({ cache }) => cache.get('k'),
  'lines of a run': ({ logs }) => logs.list({ flowRunId: 'f', after: 1 }),
  'lines of a tree': ({ logs }) => logs.list({ rootFlowRunId: 'f' }),
  'lines of a task run': ({ logs }) => logs.list({ taskRunId: 't' }),
  'artifacts of a key': ({ artifacts }) => artifacts.list({ key: 'k' }),
  orphans: ({ flowRuns }) => flowRuns.orphaned({ flowNames: ['etl'], limit: 10 }),
  'ended runs': ({ maintenance }) => maintenance.endedFlowRuns({ endedBefore: 1, after: '1 x', limit: 10 }),
  'ended task runs': ({ maintenance }) => maintenance.endedTaskRuns({ endedBefore: 1, after: '1 x', limit: 10 }),
  'retiring a tree': ({ flowRuns }) => flowRuns.retireTree('f'),
  'retiring a run': ({ maintenance }) => maintenance.retireFlowRun('f', { endedBefore: 1, blobsDueAt: 1 }),
  'lines of runs that are gone': ({ maintenance }) => maintenance.goneFlowRuns({ table: 'log', limit: 10 }),
  'removing part of a run': ({ maintenance }) => maintenance.removePart({ kind: 'flow-run', id: 'f' }, part),
  'removing part of a task run': ({ maintenance }) => maintenance.removePart({ kind: 'task-run', id: 't' }, part),
  removals: ({ maintenance }) => maintenance.removals('blob', 10),
  references: ({ maintenance }) => maintenance.unreferenced(['blob:s:k:']),
  'old cached values': ({ maintenance }) => maintenance.removeCacheEntries({ ...part, createdBefore: 1 }),
  'lines of no run': ({ maintenance }) => maintenance.removeLooseLogs({ before: 1, limit: 10 }),
  'artifacts of no run': ({ maintenance }) => maintenance.removeLooseArtifacts({ before: 1, limit: 10 }),
  'a turn': ({ turns }) => turns.take({ name: 'n', holderId: 'h', ttlMs: 1, everyMs: 1 }),
  'runs that no process takes up': ({ flowRuns }) => flowRuns.abandoned({ served: ['etl'], graceMs: 1, limit: 10 }),
  'leaving what a session holds': ({ flowRuns }) => flowRuns.letGo('s'),
  'sessions by id': ({ sessions }) => sessions.ofIds(['s']),
  'clients that are silent': ({ flowRuns }) => flowRuns.silent({ silentMs: 1, limit: 10 }),
  'inputs of a run': ({ runInputs }) => runInputs.list('f', { prefix: 'a', except: ['b'], limit: 10 }),
  'a flow by name': ({ flows }) => flows.getByName('etl'),
  'making a flow': ({ flows }) => flows.ensure('etl').catch(() => undefined),
  'extending a lease': ({ slots }) => slots.extend('l', 1),
  'giving back slots without a lease': ({ slots }) => slots.releaseAnonymous('a', 1),
  'amending a run': ({ flowRuns }) => flowRuns.amend('f', { name: 'n' }),
  'claimable runs': ({ flowRuns }) => flowRuns.claimable({ flowNames: ['etl'], limit: 10 }),
};

/** Scans that are no scan of a table: lists given as JSON, constant rows, rows of the query's own making. */
const harmless = /^SCAN (?:json_each|CONSTANT ROW|below|tree|child|named|page\d*|few|counted|\(?subquery)/i;
/** Partial indexes hold only what is unfinished: reading one from end to end reads no history. */
const small = /USING (?:COVERING )?INDEX (?:flow_run_(?:session|wake|fresh|lost)|task_run_held_by)\b/;

describe('query plans', () => {
  let dialect: SqliteDialect;
  beforeAll(async () => {
    dialect = await openSqlite({ path: ':memory:', durability: 'synced', host: machineHost, retryMaxMs: 0 });
  });
  afterAll(() => dialect.close());

  const plansOf = async (use: Use): Promise<readonly string[]> => {
    const plans: string[] = [];
    const explain = async (sql: string, parameters: readonly SqlParameter[] = []) => {
      const rows = await dialect.reader.all(`EXPLAIN QUERY PLAN ${sql}`, parameters);
      plans.push(...rows.map((row) => String(row['detail'])));
      // The first drive is counted as one with few rows.
      return sql.includes(' AS drive0') ? [{ drive0: 1 }] : [];
    };
    const context: QueryContext = {
      syntax: dialect.syntax,
      all: explain,
      run: async (sql, parameters) => (await explain(sql, parameters)).length,
      writeRows: async () => ({ flows: new Map(), stale: new Set() }),
      lockKey: async () => undefined,
      locks: null,
      nextRevision: () => 'r',
      uniqueId: () => 'u',
      onRollback: () => undefined,
    };
    await use(transactionOver(context));
    return plans;
  };

  test.each(Object.entries(frequent))('%s', async (_name, use) => {
    const scans = (await plansOf(use)).filter((plan) => plan.startsWith('SCAN'));
    expect(scans.filter((plan) => !harmless.test(plan) && !small.test(plan))).toEqual([]);
  });

  test('runs that want a process are read by the indexes of what is unfinished, never by those of all history', async () => {
    const indexOf = (plan: string) => /(?:SEARCH|SCAN) flow_run USING INDEX (\w+)/.exec(plan)?.[1] ?? [];
    const indexes = async (use: Use) => (await plansOf(use)).flatMap(indexOf);
    const claimable = ['flow_run_wake', 'flow_run_session', 'flow_run_fresh'];
    for (const names of [{}, { flowNames: ['etl'] }]) {
      const query = { ...names, limit: 10 };
      expect(await indexes(({ flowRuns }) => flowRuns.orphaned(query))).toEqual(['flow_run_session']);
      expect(await indexes(({ flowRuns }) => flowRuns.claimable(query))).toEqual(claimable);
      const withLost = { ...query, lostWithinMs: 1_000 };
      expect(await indexes(({ flowRuns }) => flowRuns.claimable(withLost))).toEqual([...claimable, 'flow_run_lost']);
    }
  });

  test('what was taken makes no look at signals slower', async () => {
    const looks: readonly Use[] = [
      ({ signals }) => signals.takeOldest('f', 'n'),
      ({ signals }) => signals.hasUntaken('f', ['n', 'm']),
    ];
    for (const look of looks)
      expect((await plansOf(look)).join()).toMatch(/signal USING (?:COVERING )?INDEX signal_untaken/);
  });

  test('pages come in the order of an index, unsorted', async () => {
    const pages: readonly Use[] = [
      ({ flowRuns }) => flowRuns.list({ after: 'x' }),
      ({ flowRuns }) => flowRuns.list({ parentFlowRunId: 'f', after: 'x' }),
      ({ taskRuns }) => taskRuns.list({ flowRunId: 'f', after: 'x' }),
      ({ taskRuns }) => taskRuns.recorded('f'),
      ({ logs }) => logs.list({ flowRunId: 'f', after: 1 }),
      ({ artifacts }) => artifacts.list({ key: 'k', after: 'x' }),
      ({ signals }) => signals.list('f', { after: 'x' }),
      ({ variables }) => variables.list({ after: 'x' }),
      ({ maintenance }) => maintenance.endedFlowRuns({ endedBefore: 2, after: '1 x', limit: 10 }),
      ({ maintenance }) => maintenance.endedTaskRuns({ endedBefore: 2, after: '1 x', limit: 10 }),
      ({ flowRuns }) => flowRuns.silent({ silentMs: 1, limit: 10 }),
    ];
    for (const page of pages) expect((await plansOf(page)).filter((plan) => plan.includes('TEMP B-TREE'))).toEqual([]);
  });
});
