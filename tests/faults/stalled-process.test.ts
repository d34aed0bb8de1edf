/**
 * F9 and F10: a process that sleeps past its lease loses its run and stops itself; one that is merely busy keeps it, thanks to
 * a heartbeat in a thread of its own.
 */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect } from 'vitest';
import type { Sandbox } from '../processes/sandbox.ts';
import { Program } from '../processes/program.ts';
import { onEachStore } from './on-each-store.ts';

const steps = join(import.meta.dirname, 'programs/steps.ts');

/** Stops it where it is not in the middle of a write: SQLite's lock would be stopped with it, and all others wait for that. */
async function stop(program: Program, sandbox: Sandbox): Promise<void> {
  for (;;) {
    program.kill('SIGSTOP');
    if (sandbox.dialect === 'postgres' || !isLocked(sandbox.url)) return;
    program.kill('SIGCONT');
    // sleep: the process goes on with its write meanwhile
    await delay(1);
  }
}

function isLocked(path: string): boolean {
  const database = new DatabaseSync(path);
  try {
    database.exec('PRAGMA busy_timeout = 0; BEGIN IMMEDIATE; ROLLBACK');
    return false;
  } catch {
    return true;
  } finally {
    database.close();
  }
}

describe('a process that was stopped for longer than its lease', () => {
  onEachStore('finds its run with another one: what it writes is refused, and it stops itself', async (sandbox) => {
    const env = { LEASE_MS: '600', COUNT: '12', STEP_MS: '40' };
    await using first = new Program(sandbox, steps, { env });
    await first.printed('done 3.');
    await stop(first, sandbox);
    await using second = new Program(sandbox, steps, { env });
    expect(await second.ended).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('result 66') });
    const before = await sandbox.records();
    first.kill('SIGCONT');
    const ended = await first.ended;
    expect(ended).toMatchObject({ code: 1, stdout: expect.stringContaining('failed StaleExecution') });
    expect(await sandbox.records()).toEqual(before);
    expect(before.flowRuns).toMatchObject([{ token: 2, crashCount: 1, state: { name: 'Completed' } }]);
    // Of the first one's steps only the one it was stopped in was done again, and it began no other.
    const again = [...sandbox.effects.counts()].filter(([, count]) => count > 1).map(([what]) => what);
    expect(again.length).toBeLessThanOrEqual(1);
    expect(await sandbox.verify()).toEqual([]);
  });

  onEachStore('goes on with its run where nobody took it up', async (sandbox) => {
    const env = { LEASE_MS: '300', COUNT: '12', STEP_MS: '40' };
    await using only = new Program(sandbox, steps, { env });
    await only.printed('done 3.');
    await stop(only, sandbox);
    // sleep: longer than its lease, which runs on the database's clock
    await new Promise((resolve) => setTimeout(resolve, 700));
    only.kill('SIGCONT');
    expect(await only.ended).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('result 66') });
    expect([...sandbox.effects.counts().values()]).toEqual(Array(12).fill(1));
    expect((await sandbox.records()).flowRuns).toMatchObject([{ crashCount: 0, state: { name: 'Completed' } }]);
  });
});

describe('a process whose main loop is busy for longer than its lease', () => {
  onEachStore('keeps its run: nobody takes it for dead', async (sandbox) => {
    const env = { LEASE_MS: '2500', COUNT: '6', BLOCK_AT: '3', BLOCK_MS: '5000' };
    await using busy = new Program(sandbox, steps, { env });
    await busy.printed('blocked');
    await using other = new Program(sandbox, steps, { env });
    await using server = new Program(sandbox, steps, { env, arguments: ['serve'] });
    expect(await other.ended).toMatchObject({ code: 0, stdout: expect.stringContaining('result 15') });
    expect(await busy.ended).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('result 15') });
    expect(server.stdout).not.toContain('begun');
    expect([...sandbox.effects.counts().values()]).toEqual(Array(6).fill(1));
    expect((await sandbox.records()).flowRuns).toMatchObject([{ token: 1, crashCount: 0, runCount: 1 }]);
  });
});
