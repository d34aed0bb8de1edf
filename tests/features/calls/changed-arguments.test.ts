/** A body that changes its argument gives its caller what is not recorded: the run's log says so, once for each task. */
import { flow, inputs, task } from 'millrace';
import { testEngine } from 'millrace/testing';
import { expect, test } from 'vitest';

interface Table {
  readonly rows: number[];
}

async function linesOf(body: () => unknown): Promise<readonly string[]> {
  await using engine = await testEngine();
  const outer = flow({ name: 'outer', retries: 1 }, async (): Promise<void> => {
    await body();
  });
  await engine.run(() => outer());
  const [root] = await engine.runs();
  return (await engine.logs(root?.id ?? '')).filter((line) => line.includes('was changed'));
}

test('a task that changes its argument is named once, with the way out', async () => {
  const add = task('add', async (table: Table, row: number) => void table.rows.push(row));
  let attempts = 0;
  const lines = await linesOf(async () => {
    const table: Table = { rows: [] };
    for (const row of [1, 2, 3]) await add(table, row);
    attempts += 1;
    if (attempts === 1) throw new Error('down');
  });
  expect(attempts).toBe(2);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/An argument of task 'add' was changed.*Return the changed value/);
});

test.each<[string, () => unknown]>([
  [
    'in a map',
    () => task('clear', async (table: Table) => void table.rows.splice(0)).map([{ rows: [1] }, { rows: [2] }]),
  ],
  [
    'beside a client',
    () => {
      class Client {}
      return task('fill', async (_client: Client, table: Table) => void table.rows.push(1))(new Client(), { rows: [] });
    },
  ],
  [
    'that fails',
    async () => {
      const failing = task('failing', async (table: Table) => {
        table.rows.push(1);
        throw new Error('down');
      });
      await failing({ rows: [] }).catch(() => {});
    },
  ],
  [
    'with a cache',
    () => task({ name: 'cached', cache: inputs() }, async (table: Table) => void table.rows.push(1))({ rows: [] }),
  ],
])('it is said of a task %s', async (_, body) => {
  expect(await linesOf(body)).toHaveLength(1);
});

test('nothing is said of tasks that leave their arguments as they are', async () => {
  const read = task('read', async (table: Table, map: ReadonlyMap<string, Date>) => [...table.rows, map.size]);
  expect(await linesOf(() => read({ rows: [1] }, new Map([['a', new Date(0)]])))).toEqual([]);
  expect(await linesOf(() => task('number', (n: number) => n + 1)(1))).toEqual([]);
});
