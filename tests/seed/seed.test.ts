/** The seed's program: every form of waiting for a map gives the same, and leaves nothing behind. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Home } from './run-program.ts';

const forms = [
  'seed',
  'awaited',
  'gather',
  'await-map',
  'inner-task',
  'restructured',
  'dangling',
  'as-completed',
  'returned',
];
const sleepMs = 300;

describe.concurrent('the seed', () => {
  test.each(forms)('%s: 1, 2, 3 once each, in parallel, exit 0, no warning, all Completed', async (form) => {
    using home = new Home();
    const finished = await home.run(join(import.meta.dirname, `../../examples/seed/${form}.ts`), {
      env: { SEED_SLEEP_MS: String(sleepMs) },
    });
    expect({ code: finished.code, stderr: finished.stderr }).toEqual({ code: 0, stderr: '' });
    expect(finished.stdout.trim().split('\n').sort()).toEqual(['1', '2', '3']);
    const { flowRuns, taskRuns } = await home.records();
    const states = [...flowRuns, ...taskRuns].map((run) => run.state.name);
    expect(new Set(states)).toEqual(new Set(['Completed']));
    expect(flowRuns.length + taskRuns.length).toBeGreaterThanOrEqual(4);
  });
});
