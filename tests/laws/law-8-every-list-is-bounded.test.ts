/** Law 8. Every list is bounded, indexed and paged by key; every table has a retention. */
import { DatabaseSync } from 'node:sqlite';
import { openStore, pruneStore } from '@millrace/store';
import {
  artifact,
  concurrency,
  concurrencyLimit,
  flow,
  inputs,
  logger,
  sendSignal,
  task,
  variable,
  waitForSignal,
} from 'millrace';
import { withRuntime } from '@millrace/engine/internal';
import { openEngine } from '@millrace/local';
import { describe, expect, test } from 'vitest';
import { Sandbox } from '../processes/sandbox.ts';
import { MemoryEngine } from './in-memory-engine.ts';

const defaultPage = 100;
const longestPage = 1_000;

describe('law 8: lists', () => {
  test('of a run with 2,500 tasks and lines are bounded, whatever is asked for, and paged whole', async () => {
    await using memory = new MemoryEngine();
    const work = task('work', (n: number) => {
      logger().info('line %d', n);
      return n;
    });
    const count = 2_500;
    await memory.run(() =>
      flow('wide', async () => void (await work.map(Array.from({ length: count }, (_, n) => n))))(),
    );
    const { runs } = await memory.engine.ledger();
    expect(await runs.taskRuns({})).toHaveLength(defaultPage);
    expect(await runs.logs({})).toHaveLength(defaultPage);
    for (const limit of [longestPage, longestPage + 1, 1e9, Number.POSITIVE_INFINITY]) {
      expect(await runs.taskRuns({ limit })).toHaveLength(longestPage);
      expect(await runs.logs({ limit })).toHaveLength(longestPage);
    }
    for (const limit of [0, -5, 0.5]) expect(await runs.taskRuns({ limit })).toHaveLength(1);
    const ids: string[] = [];
    for (let after: string | undefined; ; after = ids.at(-1)) {
      const page = await runs.taskRuns({ limit: 700, ...(after === undefined ? {} : { after }) });
      ids.push(...page.map(({ id }) => id));
      if (page.length < 700) break;
    }
    expect(ids).toEqual([...new Set(ids)].toSorted().toReversed());
    expect(ids).toHaveLength(count);
    const lines: number[] = [];
    for (let after: number | undefined; ; after = lines.at(-1)) {
      const page = await runs.logs({ limit: 700, ...(after === undefined ? {} : { after }) });
      lines.push(...page.map(({ sequence }) => sequence));
      if (page.length < 700) break;
    }
    expect(lines).toEqual(lines.toSorted((a, b) => a - b));
    expect(new Set(lines).size).toBe(count);
  });

  test('of flow runs go on from the last key, and what is begun meanwhile neither hides nor repeats any', async () => {
    await using memory = new MemoryEngine();
    const one = flow('one', () => 1);
    const begin = async (times: number): Promise<void> => {
      for (let n = 0; n < times; n += 1) await memory.run(() => one());
    };
    await begin(250);
    const { runs } = await memory.engine.ledger();
    const before = new Set<string>();
    for (let after: string | undefined; ; ) {
      const page = await runs.flowRuns({ limit: 40, ...(after === undefined ? {} : { after }) });
      for (const { id } of page) {
        expect(before.has(id)).toBe(false);
        before.add(id);
      }
      if (page.length < 40) break;
      after = page.at(-1)?.id;
      await begin(3);
    }
    expect(before.size).toBe(250);
  });

  test('of limits, variables and artifacts are bounded too', async () => {
    await using memory = new MemoryEngine();
    await memory.run(async () => {
      for (let n = 0; n < 120; n += 1) {
        await concurrencyLimit.set(`limit-${n}`, { limit: 1 });
        await variable.set(`variable-${n}`, n);
      }
      await flow('writing', async () => {
        for (let n = 0; n < 120; n += 1) await artifact.markdown({ key: `key-${n}`, markdown: '-' });
      })();
    });
    const { limits, variables, artifacts } = await memory.engine.ledger();
    for (const list of [limits.list(), variables.list(), artifacts.list({})])
      expect(await list).toHaveLength(defaultPage);
    for (const list of [limits.list({ limit: 1e9 }), variables.list({ limit: 1e9 }), artifacts.list({ limit: 1e9 })]) {
      expect((await list).length).toBeLessThanOrEqual(longestPage);
    }
  });
});

describe('law 8: retention', () => {
  /** Rows kept whatever their age: what the user set, and what the database is. */
  const kept = ['flow', 'millrace_migration', 'service_turn', 'slot_limit', 'store_property', 'variable'];

  test('every table empties of what is old, but for what the user set', async () => {
    await using sandbox = new Sandbox('sqlite', '');
    const engine = openEngine({ settings: { databaseUrl: sandbox.url } });
    await withRuntime(engine, async () => {
      await concurrencyLimit.set('db', { limit: 2 });
      await variable.set('region', 'eu');
      const work = task({ name: 'work', cache: inputs() }, async (text: string) => {
        logger().info(text.slice(0, 3));
        return await concurrency('db', () => text);
      });
      const all = flow('all', async (text: string) => {
        await work(text);
        await artifact.markdown({ key: 'report', markdown: '# Done' });
        return await waitForSignal('go');
      });
      const handle = await all.start('large '.repeat(30_000));
      await sendSignal(handle.id, 'go', 'now');
      await handle.result();
    });
    await engine.close();
    const store = await openStore({ url: sandbox.url });
    const filled = tablesWithRows(sandbox.url);
    expect(filled).toEqual(
      expect.arrayContaining([
        'artifact',
        'cache_entry',
        'flow_run',
        'log',
        'signal',
        'task_run',
        ...kept.filter((name) => name !== 'service_turn'),
      ]),
    );
    const now = Date.now();
    const times = { olderThanMs: 0, cacheOlderThanMs: 0, blobGraceMs: 0, orphanGraceMs: 0 };
    // Values outside the database go one pass after the rows that referred to them.
    for (const pass of [1, 2]) {
      await expect.poll(() => Date.now()).toBeGreaterThan(now + pass);
      await pruneStore(store, { ...times, limit: 1_000 });
    }
    await store.close();
    expect(tablesWithRows(sandbox.url).filter((name) => !kept.includes(name))).toEqual([]);
  });

  function tablesWithRows(path: string): readonly string[] {
    const database = new DatabaseSync(path, { readOnly: true });
    const names = database
      .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
      .all();
    const filled = names
      .map(({ name }) => String(name))
      .filter((name) => database.prepare(`SELECT 1 FROM ${name} LIMIT 1`).get() !== undefined);
    database.close();
    return filled.toSorted();
  }
});
