/** F11: a worker that dies is a crash of its task, which says why and is retried by its policy; nothing else notices. */
import { flow, RunCrashed } from 'millrace';
import { describe, expect, test } from 'vitest';
import { MemoryEngine } from '../../laws/in-memory-engine.ts';
import { exits, strays, throwsLater, throwsText, works } from './programs/isolated-deaths.ts';

describe.each(['thread', 'process'] as const)('in a %s', (isolate) => {
  test.each([
    ['process.exit()', exits, /exited with code 3/, undefined],
    ['a rejection that nobody handles', strays, /failed: a stray rejection/, RangeError],
    ['an error that nobody catches', throwsLater, /failed: a late throw/, RangeError],
  ])('%s is a crash', async (_, dies, message, cause) => {
    await using memory = new MemoryEngine();
    const crashes: string[] = [];
    const isolated = dies.with({ isolate, retries: 1, onCrashed: (run) => void crashes.push(run.definitionName) });
    const outer = flow('outer', async () => {
      const error: unknown = await isolated().catch((reason: unknown) => reason);
      return [error, await works.with({ isolate })()] as const;
    });
    const [error, worked] = await memory.run(() => outer());
    expect(error).toBeInstanceOf(RunCrashed);
    expect((error as RunCrashed).message).toMatch(message);
    if (cause !== undefined) expect((error as RunCrashed).cause).toBeInstanceOf(cause);
    expect(worked).toBe('worked');
    const [crashed] = await memory.taskRuns();
    expect(crashed).toMatchObject({ state: { type: 'CRASHED', name: 'Crashed' }, runCount: 2 });
    expect(crashes).toHaveLength(1);
  });

  test('what is thrown and is no error is what the caller catches', async () => {
    await using memory = new MemoryEngine();
    await memory.run(async () => {
      await expect(throwsText.with({ isolate })()).rejects.toBe('just text');
    });
  });
});
