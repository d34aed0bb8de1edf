/**
 * One round: a program whose flow has 40 tasks is started, stopped at a random moment and started again until it ends by
 * itself. Before each start the database is read: what is recorded as completed there must never run again.
 *
 * Stopped by SIGTERM, nothing may be lost either: each task runs once over all starts, and no crash is counted. In every
 * other round a serving process goes on with what was handed over.
 */
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { StateType, type TaskRunRecord } from '@millrace/kernel';
import { type DialectName, Sandbox } from '../processes/sandbox.ts';
import { type Ended, Program } from '../processes/program.ts';
import { type Random, seededRandom } from '../processes/random.ts';
import { assertEqual, counted, twice } from './expectations.ts';

/** The result of a round. */
export interface CrashReport {
  readonly seed: number;
  /** Kills, or stops, that met a living process. */
  readonly killCount: number;
  /** How often a task's body was begun, over all starts. */
  readonly executionCount: number;
}

const program = join(import.meta.dirname, 'programs/shuffled-flow.ts');
const taskCount = 40;
const expectedTotal = 415_988;
const killsMax = 5;
/** About what a whole run takes, and what a process needs until it begins one. */
const runMs = 150;
const startMs = 250;
const roundMs = 60_000;

export type StopBy = 'SIGKILL' | 'SIGTERM';

export interface RoundSandbox {
  readonly dialect: DialectName;
  readonly postgresUrl: string;
  readonly signal: StopBy;
}

/** @throws an error that names the seed, what was broken, and how to see it again. */
export async function crashRound(seed: number, { dialect, postgresUrl, signal }: RoundSandbox): Promise<CrashReport> {
  await using sandbox = new Sandbox(dialect, postgresUrl);
  const random = seededRandom(`kills ${seed}`);
  const killsPlanned = random.between(1, killsMax);
  const history: string[] = [];
  let killCount = 0;
  try {
    for (let start = 1; ; start += 1) {
      const before = await sandbox.remains();
      const remains = completed(before.taskRuns);
      history.push(`start ${start}: ${remains.size} tasks recorded as completed`);
      const isLast = start > killsPlanned;
      if (isLast && signal === 'SIGTERM' && seed % 2 === 0) await served(sandbox, `${seed}/served`);
      const ended = await oneStart(sandbox, {
        seed: `${seed}/${start}`,
        signal,
        killAfterMs: isLast ? null : killMoment(random, 1 - remains.size / taskCount),
      });
      const isStopped = ended.signal !== null || ended.code === 143;
      if (isStopped) killCount += 1;
      assertNothingRanAgain(sandbox, { pid: ended.pid, remains });
      if (signal === 'SIGTERM') assertNothingLost(sandbox);
      if (!isStopped) {
        await assertWhole(sandbox, ended, remains);
        if (signal === 'SIGTERM') await assertNoCrash(sandbox);
        const executionCount = sandbox.effects.all().filter(({ moment }) => moment === 'begin').length;
        return { seed, killCount, executionCount };
      }
    }
  } catch (cause) {
    const again = `seed ${seed} on ${dialect}; again: npm run crash -- --signal ${signal} --store ${dialect} --seed ${seed} --rounds 1 --no-journal`;
    throw new Error(`${again}\n${history.join('\n')}\n${String(cause)}`, { cause });
  }
}

interface KillMoment {
  /** Counted from the start of the process, or from the start of its flow. */
  readonly from: 'process' | 'flow';
  readonly ms: number;
}

/** @param left how much of the flow is left to be done: 0 to 1. */
function killMoment(random: Random, left: number): KillMoment {
  if (random.next() < 0.15) return { from: 'process', ms: random.next() * startMs };
  return { from: 'flow', ms: random.next() * runMs * Math.max(left, 0.2) };
}

interface Start {
  readonly seed: string;
  readonly signal: StopBy;
  readonly killAfterMs: KillMoment | null;
}

async function oneStart(
  sandbox: Sandbox,
  { seed, signal, killAfterMs }: Start,
): Promise<Ended & { readonly pid: number }> {
  await using started = new Program(sandbox, program, { env: { SHUFFLE_SEED: seed } });
  const { pid } = started;
  const overdue = AbortSignal.timeout(roundMs);
  const hung = new Promise<never>((_, reject) => {
    overdue.addEventListener('abort', () => reject(new Error(`start ${seed} did not end within ${roundMs} ms`)));
  });
  if (killAfterMs !== null) {
    if (killAfterMs.from === 'flow') await Promise.race([started.printed('begun'), started.ended, hung]);
    await Promise.race([wait(killAfterMs.ms), started.ended]);
    started.kill(signal);
  }
  return { ...(await Promise.race([started.ended, hung])), pid };
}

/** A serving process takes up the run that was handed over, and ends it. */
async function served(sandbox: Sandbox, seed: string): Promise<void> {
  await using server = new Program(sandbox, program, { env: { SHUFFLE_SEED: seed }, arguments: ['serve'] });
  const deadline = Date.now() + roundMs;
  for (;;) {
    const { flowRuns } = await sandbox.records();
    // Stopped before it had begun, there is none yet.
    if (flowRuns.every(({ state }) => state.type === StateType.Completed)) break;
    if (Date.now() > deadline || server.hasEnded) throw new Error(`the server ended no run within ${roundMs} ms`);
    await wait(20);
  }
  // Before it listens to signals there is nothing that it could leave.
  await Promise.race([server.printed('serving'), server.ended]);
  server.kill('SIGTERM');
  const { code, stderr } = await server.ended;
  assertEqual('how the server ended', { code, stderr }, { code: 143, stderr: '' });
}

/** Each body that was begun has ended, and none was begun twice. */
function assertNothingLost(sandbox: Sandbox): void {
  const started = sandbox.effects.all().filter(({ moment }) => moment === 'begin');
  const ended = sandbox.effects.all().filter(({ moment }) => moment === 'end');
  const endings = new Set(ended.map(({ pid, runId }) => `${pid} ${runId}`));
  const cut = started.filter(({ pid, runId }) => !endings.has(`${pid} ${runId}`));
  assertEqual('bodies that were cut short', counted(cut.map(({ what }) => what)), {});
  assertEqual('task runs that were begun twice', twice(started.map(({ runId }) => runId)), []);
}

async function assertNoCrash(sandbox: Sandbox): Promise<void> {
  const { flowRuns } = await sandbox.records();
  assertEqual('crashes counted', [...new Set(flowRuns.map(({ crashCount }) => crashCount))], [0]);
}

/** The recorded outcomes of completed tasks, by id. */
function completed(taskRuns: readonly TaskRunRecord[]): ReadonlyMap<string, string | null> {
  const ended = taskRuns.filter(({ state, kind }) => state.type === StateType.Completed && isWork(kind));
  return new Map(ended.map(({ id, outcome }) => [id, outcome]));
}

function isWork(kind: TaskRunRecord['kind']): boolean {
  return kind === 'task' || kind === 'step';
}

function assertNothingRanAgain(
  sandbox: Sandbox,
  { pid, remains }: { readonly pid: number; readonly remains: ReadonlyMap<string, unknown> },
): void {
  const again = sandbox.effects.all().filter((effect) => effect.pid === pid && remains.has(effect.runId));
  assertEqual('completed tasks that ran again', [...new Set(again.map(({ what }) => what))], []);
}

async function assertWhole(sandbox: Sandbox, ended: Ended, remains: ReadonlyMap<string, string | null>): Promise<void> {
  assertEqual('how the program ended', { code: ended.code, stderr: ended.stderr }, { code: 0, stderr: '' });
  const { flowRuns, taskRuns } = await sandbox.records();
  const work = taskRuns.filter(({ kind }) => isWork(kind));
  assertEqual(
    'tasks recorded twice',
    twice(work.map(({ replayKey, flowRunId }) => `${replayKey} in ${flowRunId}`)),
    [],
  );
  const keys = work.map(({ taskKey, flowRunId }) => `${taskKey} in ${flowRunId}`);
  assertEqual('tasks recorded', work.length === taskCount ? 'all' : counted(keys), 'all');
  assertEqual('flow runs recorded', flowRuns.map(({ flowName }) => flowName).toSorted(), flowNames);
  const states = [...new Set([...flowRuns, ...taskRuns].map(({ state }) => state.name))];
  assertEqual('states recorded', states, ['Completed']);
  assertEqual(
    'calls no longer made',
    flowRuns.flatMap(({ divergence }) => divergence),
    [],
  );
  const recorded = completed(taskRuns);
  const changed = [...remains].filter(([id, outcome]) => recorded.get(id) !== outcome);
  assertEqual('recorded outcomes that changed', changed, []);
  const result: unknown = JSON.parse(/^result (.*)$/m.exec(ended.stdout)?.[1] ?? 'null');
  const stamp = JSON.parse(taskRuns.find(({ taskKey }) => taskKey === 'stamp')?.outcome ?? 'null') as number;
  assertEqual('the result', result, { stamp, total: expectedTotal });
  assertEqual('broken invariants', await sandbox.verify(), []);
}

const flowNames = ['below', 'inner', 'inner', 'shuffled'];
