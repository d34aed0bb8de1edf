/** Eight processes on one database, each with everything at once: in the end every run is there, once, and nothing is held. */
import { join } from 'node:path';
import { verifyWithCounts } from '@millrace/ledger/verify';
import { expect, inject, it } from 'vitest';
import { Sandbox } from '../../processes/sandbox.ts';
import { Program } from '../../processes/program.ts';

const program = join(import.meta.dirname, 'programs/accounting.ts');
const processCount = 8;
const flowCount = 10;
/** Of one flow run: steps, squares, a child with its step, one guarded and the shared value. */
const bookOf = (n: number) => n + 5 + 385 + 1 + 1 + 7;
const numbers = Array.from({ length: flowCount }, (_, n) => n);
const total = numbers.reduce((sum, n) => sum + bookOf(n) + n, 0);

/** A long wait for a slot is logged: that is no problem. */
function problemsIn(stderr: string): readonly string[] {
  return stderr.split('\n').filter((line) => line !== '' && !line.includes('| INFO '));
}

it('eight processes on one SQLite file end with exact counts', { timeout: 120_000 }, async () => {
  await using sandbox = new Sandbox('sqlite', inject('postgresUrl'));
  await sandbox.reading((store) =>
    store.write(({ slots }) => slots.setLimit({ name: 'till', limit: 2, slotDecayPerSecond: 0, active: true })),
  );
  const env = { FLOWS: String(flowCount) };
  const programs = Array.from({ length: processCount }, () => new Program(sandbox, program, { env }));
  for (const { code, stdout, stderr } of await Promise.all(programs.map(({ ended }) => ended)))
    expect({ code, stdout, problems: problemsIn(stderr) }).toEqual({
      code: 0,
      stdout: `total ${total}\n`,
      problems: [],
    });

  const runs = processCount * flowCount;
  const { flows, tasks, verification, held } = await sandbox.reading(async (store) => ({
    flows: await store.read(({ flowRuns }) => flowRuns.list({ stateTypes: ['COMPLETED'], limit: 1_000 })),
    tasks: await store.read(({ taskRuns }) => taskRuns.counts({})),
    verification: await verifyWithCounts(store, { orphans: 'report' }),
    held: await store.read(async ({ slots }) => (await slots.getLimit('till'))?.occupied),
  }));
  const byTask = new Map<string, number>();
  for (const { taskKey, type, count } of tasks) {
    expect(type).toBe('COMPLETED');
    byTask.set(taskKey, (byTask.get(taskKey) ?? 0) + count);
  }
  expect(Object.fromEntries(byTask)).toEqual({
    step: runs * 6,
    square: runs * 10,
    guarded: runs,
    shared: runs,
    loose: runs,
  });
  expect(flows).toHaveLength(runs * 2);
  expect(verification).toEqual({
    findings: [],
    counts: { flowRuns: runs * 2, taskRuns: runs * 19, limits: 1 },
    complete: true,
  });
  expect(held).toBe(0);
  expect(Object.fromEntries(sandbox.effects.counts())).toEqual({ shared: 1, guarded: runs });
});

it('a limit holds over all processes', { timeout: 120_000 }, async () => {
  await using sandbox = new Sandbox('sqlite', inject('postgresUrl'));
  await sandbox.reading((store) =>
    store.write(({ slots }) => slots.setLimit({ name: 'till', limit: 2, slotDecayPerSecond: 0, active: true })),
  );
  const programs = Array.from({ length: 3 }, () => new Program(sandbox, program, { env: { FLOWS: '5' } }));
  for (const { code } of await Promise.all(programs.map(({ ended }) => ended))) expect(code).toBe(0);
  let open = 0;
  let most = 0;
  for (const { moment } of sandbox.effects.all().filter(({ what }) => what === 'guarded')) {
    open += moment === 'begin' ? 1 : -1;
    most = Math.max(most, open);
  }
  expect(open).toBe(0);
  expect(most).toBeLessThanOrEqual(2);
});
