import type { FlowRunRecord, Runs } from '@millrace/kernel';
import { describe, expect, it } from 'vitest';
import { requireFlowRun, requireTaskRun } from './find-run.ts';

function runsWith(...flows: readonly Pick<FlowRunRecord, 'id' | 'name'>[]): Runs {
  const runs: unknown = {
    flowRun: async (id: string) => flows.find((flow) => flow.id.startsWith(id)),
    taskRun: async () => undefined,
    flowRuns: async ({ name }: { name?: string }) => flows.filter((flow) => flow.name === name),
  };
  return runs as Runs;
}

const otter = { id: '01a207b1-7492-7172-866b-26bce850ef5c', name: 'merry-otter' };

describe('a run that is pointed at', () => {
  it('is found by id, by at least 4 characters of it, in any case, and by name', async () => {
    for (const reference of [otter.id, '01a2', '01A207B1', '01a207b1-7492', 'merry-otter'])
      expect(await requireFlowRun(runsWith(otter), reference)).toBe(otter);
  });

  it('is a typed error when there is none, or when it is too short to mean one', async () => {
    await expect(requireFlowRun(runsWith(otter), 'ffff')).rejects.toMatchObject({ code: 'RunNotFound' });
    await expect(requireFlowRun(runsWith(otter), 'sad-otter')).rejects.toMatchObject({ code: 'RunNotFound' });
    await expect(requireTaskRun(runsWith(otter), 'double-1')).rejects.toMatchObject({ code: 'RunNotFound' });
    await expect(requireFlowRun(runsWith(otter), '01a')).rejects.toMatchObject({ code: 'UsageError' });
  });

  it('is never guessed among several of one name', async () => {
    const twin = { ...otter, id: '02' };
    await expect(requireFlowRun(runsWith(otter, twin), 'merry-otter')).rejects.toThrow(
      /Several flow runs are named 'merry-otter'/,
    );
  });
});
