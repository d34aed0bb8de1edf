/**
 * One kill -9 at one commit of a flow of 20 tasks, and the start after it: nothing is lost, what is recorded as completed does
 * not run again, and of the rest only what was in flight may run twice.
 */
import { join } from 'node:path';
import { StateType } from '@millrace/kernel';
import { type DialectName, Sandbox } from '../processes/sandbox.ts';
import { type Ended, Program } from '../processes/program.ts';
import { assertEqual } from './expectations.ts';

/** The moments of a commit at which a process can die. */
const killMoments: Readonly<Record<DialectName, readonly string[]>> = {
  sqlite: ['before', 'after'],
  postgres: ['before', 'sent', 'after'],
};

const program = join(import.meta.dirname, 'programs/journal-flow.ts');
const taskCount = 20;
const expectedResult = 1_326;

interface JournalKill {
  readonly dialect: DialectName;
  readonly postgresUrl: string;
  /** Which commit, from 1. */
  readonly commit: number;
  readonly moment: string;
}

/**
 * Kills at one commit after the other, in turns at each of the moments, or each commit at each of them.
 *
 * @returns how many processes were killed.
 * @throws an error that names the commit and what was broken.
 */
export async function killAtCommits(options: {
  readonly dialect: DialectName;
  readonly postgresUrl: string;
  readonly everyMoment: boolean;
  /** 1 = each commit, 2 = every second... Ignored with `everyMoment`. */
  readonly stride: number;
}): Promise<number> {
  const { dialect, postgresUrl, everyMoment } = options;
  const count = await commitCount(dialect, postgresUrl);
  const moments = killMoments[dialect];
  let killed = 0;
  let turn = 0;
  for (let commit = 1; commit <= count; commit += everyMoment ? 1 : options.stride) {
    turn += 1;
    for (const moment of everyMoment ? moments : [moments[turn % moments.length] ?? 'after']) {
      if (await killAtCommit({ dialect, postgresUrl, commit, moment })) killed += 1;
    }
  }
  assertEqual('most commits were met', killed > turn / 2, true);
  return killed;
}

/** How many commits the flow has when no process dies. */
async function commitCount(dialect: DialectName, postgresUrl: string): Promise<number> {
  await using sandbox = new Sandbox(dialect, postgresUrl);
  const ended = await start(sandbox, '');
  assertEnd(ended);
  return Number(/after (\d+) commits/.exec(ended.stdout)?.[1]);
}

/** False when the flow ended before the commit came: two records more of one batch, and there is a commit less. */
async function killAtCommit({ dialect, postgresUrl, commit, moment }: JournalKill): Promise<boolean> {
  await using sandbox = new Sandbox(dialect, postgresUrl);
  const killAt = `${moment}:${commit}`;
  try {
    const killed = await start(sandbox, killAt);
    if (killed.signal !== 'SIGKILL') {
      assertEnd(killed);
      return false;
    }
    const remains = await sandbox.remains();
    const done = new Set(
      remains.taskRuns.filter(({ state }) => state.type === StateType.Completed).map(({ id }) => id),
    );
    const effectsBefore = sandbox.effects.all().length;
    assertEnd(await start(sandbox, ''));
    const later = sandbox.effects
      .all()
      .slice(effectsBefore)
      .filter((effect) => effect.moment === 'begin');
    const again = later.filter(({ runId }) => done.has(runId));
    assertEqual('completed tasks that ran again', again, []);
    assertEqual('tasks that ran after the kill', later.length, taskCount - done.size);
    await assertWhole(sandbox);
    return true;
  } catch (error) {
    throw new Error(`KILL_AT=${killAt} on ${dialect}: ${String(error)}`, { cause: error });
  }
}

async function start(sandbox: Sandbox, killAt: string): Promise<Ended> {
  await using started = new Program(sandbox, program, { env: { KILL_AT: killAt } });
  return await started.ended;
}

function assertEnd({ code, stdout, stderr }: Ended): void {
  assertEqual('how the program ended', { code, stderr }, { code: 0, stderr: '' });
  assertEqual('the result', Number(/^result (\d+)/m.exec(stdout)?.[1]), expectedResult);
}

async function assertWhole(sandbox: Sandbox): Promise<void> {
  const { flowRuns, taskRuns } = await sandbox.records();
  assertEqual('states', [...new Set([...flowRuns, ...taskRuns].map(({ state }) => state.name))], ['Completed']);
  assertEqual('tasks recorded', taskRuns.length, taskCount);
  const counts = sandbox.effects.counts();
  // Two of the 20 calls are equal.
  assertEqual('tasks that had no effect', [counts.size, (counts.get('add(100)') ?? 0) >= 2], [taskCount - 1, true]);
  assertEqual('broken invariants', await sandbox.verify(), []);
}
