/**
 * Shared by all suites of the ledger: a database that several processes share, processes over it, and a clock that can
 * be moved. A suite is run by one test file a database.
 */
import {
  cancelling,
  type Claim,
  completed,
  createIdSource,
  type Execution,
  type FlowRunInit,
  type FlowRunPolicy,
  type FlowRunRecord,
  type Ledger,
  running,
  type TaskRunInit,
  type TaskRunRecord,
} from '@millrace/kernel';
import type { Store } from '@millrace/store';
import { expect } from 'vitest';
import { contextOf, ledgerOver } from '../create-ledger.ts';
import type { LedgerOptions, ProcessIdentity } from '../index.ts';
import type { Journal } from '../journal/journal.ts';
import { localJournal } from '../local-journal.ts';

/** One database that several stores may open. */
export interface TestDatabase extends AsyncDisposable {
  open(): Promise<Store>;
  /** The journal as the processes have it; absent = in process. */
  readonly journalOver?: (journal: Journal) => Journal;
  /** Makes the database's clock appear to move on. */
  advance(ms: number): Promise<void>;
}

export type MakeDatabase = (clock: TestClock) => Promise<TestDatabase>;

/** The machine's clock with an offset: timers are real, and short in these tests. */
export class TestClock {
  offsetMs = 0;

  now(): number {
    return Date.now() + this.offsetMs;
  }

  setTimer(delayMs: number, callback: () => void): { cancel(): void } {
    const timer = setTimeout(callback, delayMs);
    return { cancel: () => clearTimeout(timer) };
  }
}

/** A process's clock: a process that was killed does nothing more by itself. */
class ProcessClock {
  stopped = false;
  readonly #clock: TestClock;

  constructor(clock: TestClock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now();
  }

  setTimer(delayMs: number, callback: () => void): { cancel(): void } {
    return this.#clock.setTimer(delayMs, () => {
      if (!this.stopped) callback();
    });
  }
}

export const leaseMs = 15_000;

/** A process with a ledger of its own. */
export interface TestProcess {
  readonly ledger: Ledger;
  readonly store: Store;
  readonly identity: ProcessIdentity;
}

/** Processes on one database; closes what they opened. */
export class World implements AsyncDisposable {
  readonly clock = new TestClock();
  readonly deadPids = new Set<number>();
  readonly #clocks = new Map<number, ProcessClock>();
  readonly ids: () => string;
  readonly #make: MakeDatabase;
  readonly #processes: TestProcess[] = [];
  #database: TestDatabase | null = null;
  #pid = 100;

  constructor(make: MakeDatabase) {
    this.#make = make;
    let seed = 1;
    const randomBytes = (length: number): Uint8Array =>
      Uint8Array.from({ length }, () => {
        seed = (seed * 48_271) % 2_147_483_647;
        return seed & 0xff;
      });
    this.ids = createIdSource({ now: () => this.clock.now(), randomBytes });
  }

  get database(): TestDatabase {
    if (this.#database === null) throw new Error('no process was started yet');
    return this.#database;
  }

  async start(options: Partial<LedgerOptions> = {}): Promise<TestProcess> {
    this.#database ??= await this.#make(this.clock);
    const store = await this.#database.open();
    this.#pid += 1;
    const identity: ProcessIdentity = { host: 'here', bootId: 'boot', pid: this.#pid, pidStartedAt: this.#pid };
    const clock = new ProcessClock(this.clock);
    this.#clocks.set(this.#pid, clock);
    const { journalOver = (journal) => journal } = this.#database;
    const made: LedgerOptions = {
      store,
      clock,
      random: () => 0.5,
      ids: this.ids,
      process: identity,
      isProcessAlive: (other) => !this.deadPids.has(other.pid),
      leaseMs,
      pollMs: 10,
      // Most suites are not about the grace: what they sweep is to end at once.
      orphanGraceMs: 0,
      ...options,
    };
    const context = contextOf(made);
    const ledger = ledgerOver(made, { context, journal: journalOver(localJournal(context)) });
    const started = { ledger, store, identity };
    this.#processes.push(started);
    return started;
  }

  /** The process's lease runs out, as if it had been stopped. */
  async expireLeases(): Promise<void> {
    await this.database.advance(leaseMs + 1);
  }

  /** The process is gone, and the machine says so. */
  kill(killed: TestProcess): void {
    const { pid } = killed.identity;
    this.deadPids.add(pid);
    const clock = this.#clocks.get(pid);
    if (clock !== undefined) clock.stopped = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { ledger } of this.#processes) await ledger.close().catch(() => {});
    await this.#database?.[Symbol.asyncDispose]();
  }
}

export const policy: FlowRunPolicy = { retries: 0, retryDelaysMs: [], retryJitter: null, crashRetries: 3 };

export function flowInit(id: string, over: Partial<FlowRunInit> = {}): FlowRunInit {
  return {
    id,
    name: 'brave-otter',
    flowName: 'etl',
    flowVersion: null,
    parentFlowRunId: null,
    parentTaskRunId: null,
    rootFlowRunId: null,
    replayKey: null,
    idempotencyKey: null,
    parameters: '{"n":1}',
    tags: [],
    policy,
    ...over,
  };
}

export function taskInit(id: string, over: Partial<TaskRunInit> = {}): TaskRunInit {
  const taskKey = over.taskKey ?? 'fetch';
  return {
    id,
    name: `${taskKey}-0`,
    kind: 'task',
    parentTaskRunId: null,
    taskKey,
    replayKey: `${taskKey}:${id}`,
    parameters: '[]',
    inputs: [],
    tags: [],
    ...over,
  };
}

/** A flow run of this process that is recorded as RUNNING. */
export async function startFlow(
  world: World,
  { ledger }: Pick<TestProcess, 'ledger'>,
  over: Partial<FlowRunInit> = {},
): Promise<Execution> {
  const execution = ledger.beginFlowRun(flowInit(world.ids(), over));
  execution.queueFlow({ state: running(world.clock.now()), by: 'engine' });
  await execution.committed();
  return execution;
}

/** A task run that has completed with this outcome. */
export function runTask(
  world: World,
  execution: Execution,
  init: Partial<TaskRunInit> = {},
  outcome = '"done"',
): TaskRunRecord {
  const record = startTask(world, execution, init);
  execution.proposeTask(record, { state: completed(world.clock.now()), by: 'engine' }, outcome);
  return record;
}

export function startTask(world: World, execution: Execution, init: Partial<TaskRunInit> = {}): TaskRunRecord {
  const record = execution.beginTaskRun(taskInit(world.ids(), init));
  execution.proposeTask(record, { state: running(world.clock.now()), by: 'engine' });
  return record;
}

export function finishFlow(world: World, execution: Execution, outcome = '"value"') {
  return execution.proposeFlow({ state: completed(world.clock.now()), by: 'engine' }, outcome);
}

export function cancelFrom(
  { ledger }: Pick<TestProcess, 'ledger'>,
  world: World,
  flowRunId: string,
  reason = 'by ann',
) {
  return ledger.runs.propose(flowRunId, { state: cancelling(world.clock.now(), reason), by: 'api' });
}

export function flowRunOf(execution: Execution): FlowRunRecord {
  if (execution.flowRun === null) throw new Error('a standalone execution has no flow run');
  return execution.flowRun;
}

export function claimed(claim: Claim): Execution {
  expect(claim.status).toBe('claimed');
  if (claim.status !== 'claimed') throw new Error('not claimed');
  return claim.execution;
}

/** Resolves with the interrupt of the execution. */
export function interrupted(execution: Execution) {
  return new Promise<Parameters<Parameters<Execution['onInterrupt']>[0]>[0]>((resolve) => {
    execution.onInterrupt(resolve);
  });
}
