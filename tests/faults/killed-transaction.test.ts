/** kill -9 in the middle of a transaction: the next process commits or undoes all of it, and nothing stands twice. */
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import type { Sandbox } from '../processes/sandbox.ts';
import { Program } from '../processes/program.ts';
import { onEachStore } from './on-each-store.ts';

const program = join(import.meta.dirname, 'programs/transactions.ts');

/** Notes of the process that was killed and by the one that went on. */
async function killedAt(sandbox: Sandbox, what: string, env: Readonly<Record<string, string>> = {}) {
  await using killed = new Program(sandbox, program, { env: { ...env, KILL_AT: what } });
  expect((await killed.ended).signal).toBe('SIGKILL');
  await using again = new Program(sandbox, program, { env });
  expect(await again.ended).toMatchObject({ code: 0, stdout: 'done\n' });
  expect(await sandbox.verify()).toEqual([]);
  const noted = sandbox.effects.all().filter(({ moment }) => moment === 'begin');
  return noted.map((effect) => effect.what);
}

describe('a process killed in a transaction', () => {
  onEachStore('before its last write: all is committed, a child that is not called again too', async (sandbox) => {
    expect(await killedAt(sandbox, 'write c')).toEqual([
      ...['write a', 'write b', 'write c'],
      ...['commit a', 'commit b', 'commit c'],
    ]);
  });

  onEachStore('while it commits: the hooks are called again', async (sandbox) => {
    expect(await killedAt(sandbox, 'commit c')).toEqual([
      ...['write a', 'write b', 'write c'],
      ...['commit a', 'commit b'],
      ...['commit a', 'commit b', 'commit c'],
    ]);
  });

  onEachStore('while it is undone: the rest is undone, and all is done again', async (sandbox) => {
    expect(await killedAt(sandbox, 'undo a', { FAILS: '1' })).toEqual([
      ...['write a', 'write b', 'write c', 'undo c', 'undo b'],
      ...['write b', 'write c', 'undo c', 'undo b', 'undo a'],
      ...['write a', 'write b', 'write c', 'commit a', 'commit b', 'commit c'],
    ]);
  });
});
