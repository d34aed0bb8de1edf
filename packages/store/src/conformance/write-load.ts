/** A load of every kind of write, and the check after it: no acknowledged row is missing, and none is there twice. */
import { expect } from 'vitest';
import type { Store } from '../index.ts';
import { flowRun, taskRun } from './harness.ts';

/** The acknowledged writes. */
export interface Load {
  readonly rows: readonly string[];
  readonly bodies: number;
  readonly lines: number;
}

/** Writes rows, bodies and log lines until it is stopped; any rejection ends it with that error. */
export async function writeUntil(store: Store, stopped: () => boolean, flowRunId: string): Promise<Load> {
  const rows: string[] = [];
  let bodies = 0;
  let lines = 0;
  while (!stopped()) {
    const task = taskRun({ id: `${flowRunId}-${rows.length}`, flowRunId });
    const line = { flowRunId, taskRunId: null, level: 20, logger: 'l', message: `${lines}`, at: 1 };
    await Promise.all([
      store.putTaskRun(task, { flowRunId, token: 1 }).then(() => rows.push(task.id)),
      store.appendLogs([line]).then(() => (lines += 1)),
      store
        .write(async ({ variables }) => {
          const name = `count-${flowRunId}`;
          const before = Number((await variables.get(name))?.value ?? 0);
          await variables.set({ name, value: `${before + 1}`, tags: [], overwrite: true });
        })
        .then(() => (bodies += 1)),
    ]);
  }
  return { rows, bodies, lines };
}

/** Holds the store to what was acknowledged. */
export async function expectStored(store: Store, flowRunId: string, load: Load): Promise<void> {
  const stored = new Set((await store.read(({ taskRuns }) => taskRuns.recorded(flowRunId))).map(({ id }) => id));
  expect(load.rows.filter((id) => !stored.has(id))).toEqual([]);
  expect(stored.size).toBe(load.rows.length);
  const count = await store.read(({ variables }) => variables.get(`count-${flowRunId}`));
  expect(count?.value).toBe(`${load.bodies}`);
  const messages: string[] = [];
  for (let after = 0; ; ) {
    const page = await store.read(({ logs }) => logs.list({ flowRunId, after, limit: 1_000 }));
    messages.push(...page.map(({ message }) => message));
    after = page.at(-1)?.sequence ?? after;
    if (page.length < 1_000) break;
  }
  expect(messages).toEqual(Array.from({ length: load.lines }, (_, index) => `${index}`));
}

/** A load under way. */
export interface Loading {
  readonly id: string;
  readonly store: Store;
  readonly load: Promise<Load>;
}

/** Starts a load on each store, under a flow run of its own. */
export function beginLoads(stores: readonly Store[], stopped: () => boolean): Promise<readonly Loading[]> {
  return Promise.all(
    stores.map(async (store) => {
      const run = flowRun();
      await store.putFlowRun(run);
      return { id: run.id, store, load: writeUntil(store, stopped, run.id) };
    }),
  );
}
