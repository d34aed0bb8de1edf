/** Conformance suite of flow runs, for every dialect: unique keys, guarded writes, claims, lists by key, trees. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RunChanged, type Store, type Transaction } from '../index.ts';
import { type Database, epoch, flowRun, type MakeDatabase, nextId, openSession, state, taskRun } from './harness.ts';

export function exerciseFlowRuns(makeDatabase: MakeDatabase): void {
  describe('flow runs', () => {
    let database: Database;
    let store: Store;
    beforeEach(async () => {
      database = await makeDatabase();
      store = await database.open();
    });
    afterEach(() => database[Symbol.asyncDispose]());

    const put = (...runs: ReturnType<typeof flowRun>[]) => Promise.all(runs.map((run) => store.putFlowRun(run)));

    test('one run for a flow and an idempotency key, however many ask at once', async () => {
      const other = await database.open();
      const inits = Array.from({ length: 6 }, () => flowRun({ idempotencyKey: 'monday' }));
      const answers = await Promise.all(
        inits.map((init, index) =>
          (index % 2 === 0 ? store : other).write((transaction) => transaction.flowRuns.insertIfAbsent(init)),
        ),
      );
      expect(answers.filter(({ inserted }) => inserted)).toHaveLength(1);
      expect(new Set(answers.map(({ run }) => run.id)).size).toBe(1);
      const byKey = await store.read((transaction) => transaction.flowRuns.getByKey('etl', 'monday'));
      expect(byKey?.id).toBe(answers[0]?.run.id);
    });

    test('a put decided on an older row is refused', async () => {
      const run = flowRun();
      await put(run);
      const copy = structuredClone(run);
      await store.write((transaction) => transaction.flowRuns.put(run));
      await expect(store.write((transaction) => transaction.flowRuns.put(copy))).rejects.toBeInstanceOf(RunChanged);
      await expect(
        store.write((transaction) => transaction.flowRuns.put(flowRun({ revision: 'x' }))),
      ).rejects.toBeInstanceOf(RunChanged);
    });

    test('one claimer of many gets the run', async () => {
      const run = flowRun();
      await put(run);
      const other = await database.open();
      const answers = await Promise.allSettled(
        Array.from({ length: 8 }, (_, index) =>
          (index % 2 === 0 ? store : other).write((transaction) =>
            transaction.flowRuns.claim(structuredClone(run), `s${index}`),
          ),
        ),
      );
      expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      const stored = await store.read((transaction) => transaction.flowRuns.get(run.id));
      expect(stored?.token).toBe(2);
    });

    test('reading for update, deciding and putting loses no change', async () => {
      const run = flowRun();
      await put(run);
      const other = await database.open();
      const increment = (on: Store) =>
        on.write(async (transaction) => {
          const stored = await transaction.flowRuns.getForUpdate(run.id);
          stored!.runCount += 1;
          await transaction.flowRuns.put(stored!);
        });
      await Promise.all(Array.from({ length: 20 }, (_, index) => increment(index % 2 === 0 ? store : other)));
      const stored = await store.read((transaction) => transaction.flowRuns.get(run.id));
      expect(stored?.runCount).toBe(20);
    });

    test('lists are paged by key, newest first, and filtered', async () => {
      const runs = Array.from({ length: 7 }, (_, index) =>
        flowRun({ tags: index % 2 === 0 ? ['even', 'n'] : ['odd'], state: state(index < 3 ? 'COMPLETED' : 'RUNNING') }),
      );
      const child = flowRun({ parentFlowRunId: runs[0]!.id, rootFlowRunId: runs[0]!.id, flowName: 'child' });
      await put(...runs, child);
      await store.read(async ({ flowRuns }) => {
        const first = await flowRuns.list({ limit: 3, flowName: 'etl' });
        const second = await flowRuns.list({ limit: 3, flowName: 'etl', after: first[2]!.id });
        const third = await flowRuns.list({ limit: 3, flowName: 'etl', after: second[2]!.id });
        const ids = [...first, ...second, ...third].map(({ id }) => id);
        expect(ids).toEqual(runs.map(({ id }) => id).reverse());
        expect(await flowRuns.list({ tags: ['even', 'n'] })).toHaveLength(4);
        expect(await flowRuns.list({ tags: ['even', 'odd'] })).toHaveLength(0);
        expect(await flowRuns.list({ tags: ['eve'] })).toHaveLength(0);
        expect(await flowRuns.list({ stateTypes: ['COMPLETED', 'FAILED'] })).toHaveLength(3);
        expect(await flowRuns.list({ stateNames: ['Running'], parentFlowRunId: null })).toHaveLength(4);
        expect(await flowRuns.list({ parentFlowRunId: runs[0]!.id })).toHaveLength(1);
        expect(await flowRuns.list({ rootFlowRunId: runs[0]!.id })).toHaveLength(2);
        expect(await flowRuns.list({ rootFlowRunId: runs[0]!.id, stateTypes: ['RUNNING', 'PENDING'] })).toHaveLength(1);
        expect(await flowRuns.list({ name: 'nobody' })).toHaveLength(0);
        expect(await flowRuns.list({ stateTypes: [] })).toHaveLength(0);
        const types = ['COMPLETED', 'RUNNING', 'PENDING'];
        const mixed = await flowRuns.list({ stateTypes: types, limit: 5, after: child.id });
        expect(mixed.map(({ id }) => id)).toEqual(ids.slice(0, 5));
      });
    });

    test('a record read without its outcome does not erase it', async () => {
      const run = flowRun({ state: state('COMPLETED'), outcome: '42' });
      await put(run);
      const [light] = await store.read(({ flowRuns }) => flowRuns.list({}));
      expect(light?.outcome).toBeNull();
      await store.write(({ flowRuns }) => flowRuns.put(light!));
      expect((await store.read(({ flowRuns }) => flowRuns.get(run.id)))?.outcome).toBe('42');
      light!.state = state('RUNNING');
      await store.write(({ flowRuns }) => flowRuns.put(light!));
      expect((await store.read(({ flowRuns }) => flowRuns.get(run.id)))?.outcome).toBeNull();
    });

    test('ids are found by prefix', async () => {
      const run = flowRun();
      await put(run, flowRun());
      await store.read(async ({ flowRuns }) => {
        expect(await flowRuns.idsByPrefix(run.id, 2)).toEqual([run.id]);
        expect(await flowRuns.idsByPrefix('0192', 2)).toHaveLength(2);
        expect(await flowRuns.idsByPrefix('ffff', 2)).toEqual([]);
      });
    });

    test('claimable: orphans and those that are due, outermost, of the given flows', async () => {
      const session = await openSession(store);
      const now = await store.read((transaction) => transaction.now());
      const held = flowRun({ sessionId: session.id, state: state('RUNNING') });
      const orphan = flowRun({ sessionId: 'gone', state: state('RUNNING') });
      const nested = flowRun({ sessionId: 'gone', state: state('RUNNING'), parentFlowRunId: orphan.id });
      const ended = flowRun({ sessionId: 'gone', state: state('COMPLETED') });
      const due = flowRun({ state: state('PAUSED'), wakeAt: now - 1 });
      const later = flowRun({ state: state('PAUSED'), wakeAt: now + 100_000 });
      const unknown = flowRun({ flowName: 'other', sessionId: 'gone' });
      await put(held, orphan, nested, ended, due, later, unknown);
      const ids = (flowNames?: readonly string[]) =>
        store.read(async ({ flowRuns }) =>
          (await flowRuns.claimable({ limit: 10, ...(flowNames && { flowNames }) })).map(({ id }) => id),
        );
      expect(await ids(['etl'])).toEqual([orphan.id, due.id]);
      expect(await ids()).toEqual([orphan.id, unknown.id, due.id]);
      expect(await ids([])).toEqual([]);
      await database.advance(40_000);
      expect(await ids(['etl'])).toEqual([held.id, orphan.id, due.id]);
      const orphaned = await store.read(({ flowRuns }) => flowRuns.orphaned({ limit: 1 }));
      expect(orphaned.map(({ id }) => id)).toEqual([held.id]);
    });

    test('claimable: what was begun before what is new, and of each what is due for longest', async () => {
      const now = await store.read((transaction) => transaction.now());
      const fresh = [1, 3, 2].map((ago) => flowRun({ wakeAt: now - 10 - ago }));
      const started = [1, 3, 2].map((ago) => flowRun({ state: state('PAUSED'), startAt: epoch, wakeAt: now - ago }));
      const orphan = flowRun({ sessionId: 'gone', state: state('RUNNING'), startAt: epoch });
      await put(...fresh, ...started, orphan);
      const inOrder = [started[1]!, started[2]!, started[0]!, orphan, fresh[1]!, fresh[2]!, fresh[0]!].map(
        ({ id }) => id,
      );
      for (const limit of [2, 5, 10]) {
        const found = await store.read(({ flowRuns }) => flowRuns.claimable({ flowNames: ['etl'], limit }));
        expect(found.map(({ id }) => id)).toEqual(inOrder.slice(0, limit));
      }
    });

    test('what a session holds, and what of it was interrupted', async () => {
      const mine = [flowRun(), flowRun({ state: state('CANCELLING') }), flowRun({ state: state('COMPLETED') })];
      for (const run of mine) run.sessionId = 'me';
      await put(...mine, flowRun({ sessionId: 'other' }));
      await store.read(async ({ flowRuns }) => {
        const heads = await flowRuns.heldBy('me', { limit: 10 });
        expect(heads.map(({ id }) => id)).toEqual([mine[0]!.id, mine[1]!.id]);
        expect(heads[0]).toMatchObject({ token: 1, revision: mine[0]!.revision, stateType: 'PENDING' });
        expect(await flowRuns.heldBy('me', { limit: 10, after: mine[0]!.id })).toHaveLength(1);
        const interrupted = await flowRuns.heldBy('me', { limit: 10, interrupted: true });
        expect(interrupted.map(({ id }) => id)).toEqual([mine[1]!.id]);
        expect(await flowRuns.heads([mine[2]!.id, nextId()])).toHaveLength(1);
        expect(await flowRuns.heads([])).toEqual([]);
      });
    });

    test('a tree is walked, and retired as a whole', async () => {
      const root = flowRun();
      const child = flowRun({ parentFlowRunId: root.id, rootFlowRunId: root.id });
      const grandchild = flowRun({ parentFlowRunId: child.id, rootFlowRunId: root.id, parameters: '{"p":1}' });
      const done = flowRun({ parentFlowRunId: root.id, rootFlowRunId: root.id, state: state('FAILED') });
      const task = taskRun({ flowRunId: grandchild.id });
      await put(root, child, grandchild, done);
      await store.putTaskRun(task, null);
      await store.read(async ({ flowRuns }) => {
        expect((await flowRuns.unfinishedUnder(root.id, 10)).map(({ id }) => id)).toEqual([child.id, grandchild.id]);
        expect((await flowRuns.childrenOf(root.id)).map(({ id }) => id)).toEqual([child.id, done.id]);
        expect((await flowRuns.childrenOf(child.id))[0]).toMatchObject({ parameters: '', outcome: null });
      });
      const ids = [root, child, grandchild, done].map(({ id }) => id);
      expect([...(await store.write(({ flowRuns }) => flowRuns.retireTree(root.id)))].sort()).toEqual(ids.sort());
      expect(await store.read(({ maintenance }) => maintenance.removals('flow-run', 10))).toEqual(ids);
      for (const id of ids) {
        const part = { limit: 10, blobsDueAt: 0 };
        const steps = ({ maintenance }: Transaction) => maintenance.removePart({ kind: 'flow-run', id }, part);
        while (!(await store.write(steps)).complete);
      }
      expect(await store.read(({ maintenance }) => maintenance.removals('flow-run', 10))).toEqual([]);
      expect(await store.read(({ taskRuns }) => taskRuns.get(task.id))).toBeUndefined();
      expect(await store.read(({ flowRuns }) => flowRuns.list({}))).toEqual([]);
    });

    test('a value has its hour from the last row that had it, and no look at the storage puts it off', async () => {
      const prefix = 'blob:directory:db.shared.1:';
      const [first, second] = [0, 1].map(() => flowRun({ parameters: `${prefix}9:${'a'.repeat(64)}` }));
      await put(first!, second!);
      const due = () => store.read(({ maintenance }) => maintenance.removals('blob', 10));
      await store.write(({ flowRuns }) => flowRuns.retireTree(first!.id));
      await database.advance(3_000_000);
      await store.write(({ flowRuns }) => flowRuns.retireTree(second!.id));
      await database.advance(3_000_000);
      expect(await due()).toEqual([]);
      const now = await store.read((transaction) => transaction.now());
      await store.write(({ maintenance }) => maintenance.noteBlobs([prefix], now + 3_600_000));
      await database.advance(600_001);
      expect(await due()).toEqual([prefix]);
    });

    test('values of a tree that is retired are due an hour later', async () => {
      const referenceTo = (key: string) => `blob:directory:db.${key}.1:9:${'a'.repeat(64)}`;
      const root = flowRun({ parameters: referenceTo('parameters') });
      const child = flowRun({ parentFlowRunId: root.id, rootFlowRunId: root.id, state: state('COMPLETED') });
      child.outcome = referenceTo('child');
      await put(root, child);
      expect(await store.write(({ flowRuns }) => flowRuns.retireTree(root.id))).toHaveLength(2);
      const due = () => store.read(({ maintenance }) => maintenance.removals('blob', 10));
      expect(await due()).toEqual([]);
      await database.advance(3_600_001);
      expect(await due()).toEqual(['child', 'parameters'].map((key) => `blob:directory:db.${key}.1:`));
    });
  });
}
