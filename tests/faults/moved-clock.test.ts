/** F30: the wall clock jumps an hour on, back, and an hour back, in the middle of a lease. No live process loses its run. */
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { MovedClock, noMovedClock } from '../processes/moved-clock.ts';
import { Program } from '../processes/program.ts';
import { onEachStore } from './on-each-store.ts';

const steps = join(import.meta.dirname, 'programs/steps.ts');
const hourMs = 3_600_000;

describe.skipIf(noMovedClock !== undefined)('a clock that is set', () => {
  onEachStore(
    'an hour on, and an hour back: the run stays with its process, and nothing runs twice',
    async (sandbox) => {
      const clock = new MovedClock(sandbox.folder);
      const env = { LEASE_MS: '1500', COUNT: '60', STEP_MS: '100', ...clock.environment };
      await using server = new Program(sandbox, steps, { env, arguments: ['serve'] });
      await server.printed('serving');
      await using holder = new Program(sandbox, steps, { env });
      for (const [step, offsetMs] of [
        [5, hourMs],
        [20, 0],
        [35, -hourMs],
      ] as const) {
        await holder.printed(`done ${step}.`);
        clock.set(offsetMs);
      }
      expect(await holder.ended).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('result 1770') });
      expect(server.stdout).not.toContain('begun');
      expect([...sandbox.effects.counts().values()]).toEqual(Array(60).fill(1));
      const { flowRuns, taskRuns } = await sandbox.records();
      const starts = taskRuns.map(({ startAt }) => startAt ?? 0);
      expect(Math.max(...starts) - Math.min(...starts)).toBeGreaterThan(0.9 * hourMs);
      expect(flowRuns).toMatchObject([{ token: 1, crashCount: 0, state: { name: 'Completed' } }]);
      expect(await sandbox.verify()).toEqual([]);
    },
  );
});
