/**
 * `testEngine`: flows and tasks in memory, with virtual time, doubles, and crashes on demand. No global state is used.
 *
 * A crash drops the simulated process with all its memory; committed data stays. `restart()` starts a new process over the same database:
 * every unfinished body given to `run()` is called again, its outermost flow calls continue the runs that were recorded for them, and the
 * promise of `run()` settles with the result.
 */
import { isTaskDefined, withRuntime } from '@millrace/engine/internal';
import type { Body, Definition, Run, TaskDefinition } from '@millrace/engine/internal';
import {
  ConfigurationError,
  type Duration,
  type FlowRunRecord,
  parseDuration,
  type State,
  type TaskRunRecord,
} from '@millrace/kernel';
import { machineHost, openStore, type Store } from '@millrace/store';
import type { DoubleOf, Mockable } from './options/double.ts';
import { machineClock, turn } from './adapters/machine.ts';
import { checkCrashPoint, checkDouble, checkOptions } from './options/checks.ts';
import type { CrashPoint, TestEngineOptions } from './options/options.ts';
import { SimulatedProcess } from './process/simulated-process.ts';
import { AwaitedPromise, StandStillWatch } from './time/stand-still.ts';
import { VirtualClock } from './time/virtual-clock.ts';

/** A run in the form for tests. */
export interface TestedRun {
  readonly id: string;
  readonly kind: 'flow' | TaskRunRecord['kind'];
  /** The flow's or task's name. */
  readonly name: string;
  readonly runName: string;
  readonly state: State;
  readonly runCount: number;
  readonly parentId: string | null;
}

interface Given {
  readonly body: () => unknown;
  readonly promise: AwaitedPromise<unknown>;
  readonly settle: (result: Promise<unknown>) => void;
  readonly reject: (error: Error) => void;
  /** Outermost flow runs that the body has started, in order. */
  readonly started: Run[];
  /** Recorded runs of an earlier process that the calls of the body continue, in order. */
  takeUp: { readonly flowName: string; readonly id: string }[];
  isDone: boolean;
}

const RUNS_MAX = 200;
/** The number of turns of the event loop without activity after which nothing more will happen. */
const IDLE_TURNS = 4;

/** See {@link testEngine}. */
export class TestEngine implements AsyncDisposable {
  readonly #store: Store;
  readonly #clock: VirtualClock | null;
  readonly #mocks = new Map<string, Body>();
  readonly #given: Given[] = [];
  #calling: Given | null = null;
  #crashPoint: CrashPoint | null = null;
  #crashCount = 0;
  /** Task runs whose completion was counted: their rows are written more than once. */
  readonly #counted = new Set<string>();
  /** Names of the tasks and steps of which a run was recorded. */
  readonly #ran = new Set<string>();
  readonly #watch: StandStillWatch | null;
  #isCrashed = false;
  #isDisposed = false;
  #pid = 1;
  #process: SimulatedProcess;

  /** @internal Made by `testEngine`. */
  constructor(store: Store, clock: VirtualClock | null) {
    this.#store = store;
    this.#clock = clock;
    this.#process = this.#start();
    this.#watch = clock === null ? null : this.#standStillWatch(clock);
  }

  /** The present time of this engine. */
  get now(): Date {
    return new Date((this.#clock ?? machineClock).now());
  }

  /**
   * Runs code whose calls of flows and tasks use this engine.
   *
   * @returns the result of the code; after a crash pending until `restart()`, and rejected if the engine is disposed of before
   * @throws ConfigurationError (rejects) once the engine is disposed of
   */
  run<T>(body: () => T | PromiseLike<T>): Promise<T> {
    if (this.#isDisposed) return Promise.reject(disposed('and runs nothing any more'));
    let resolve: (value: T | PromiseLike<T>) => void = () => {};
    let reject: (error: unknown) => void = () => {};
    const promise = new AwaitedPromise<T>((onValue, onError) => {
      resolve = onValue;
      reject = onError;
    });
    // Avoids an unhandledRejection when a test never awaits the result.
    promise.catch(() => {});
    promise.isAwaited = false;
    const given: Given = {
      body,
      promise,
      settle: (result) => resolve(result as Promise<T>),
      reject,
      started: [],
      takeUp: [],
      isDone: false,
    };
    this.#given.push(given);
    this.#call(given);
    this.#watch?.start();
    return promise;
  }

  /**
   * Advances virtual time, fires due timers in order, and lets everything settle in between.
   *
   * @param duration milliseconds, or a string such as `'1d'`
   * @throws ConfigurationError with real time
   */
  async advance(duration: Duration): Promise<void> {
    const clock = this.#clock;
    if (clock === null) throw new ConfigurationError("advance() needs virtual time: testEngine({ time: 'virtual' }).");
    const until = clock.now() + parseDuration(duration, 'advance');
    await this.settle();
    while (clock.fireNext(until)) await this.settle();
    clock.moveTo(until);
    await this.settle();
  }

  /** Resolves when nothing more happens without an advance of time or an event outside this engine. */
  async settle(): Promise<void> {
    for (let idle = 0; idle < IDLE_TURNS; ) {
      const before = this.#activity();
      await turn();
      await this.#store.flush();
      idle = this.#activity() === before ? idle + 1 : 0;
    }
  }

  /**
   * Crashes the process at a point: committed data stays, everything else is lost.
   *
   * @param point a task's name (the crash follows the commit of its completion), or a number of writes
   * @throws ConfigurationError for an invalid point; `restart()` and the disposal throw for a name that no task has
   */
  crashAfter(point: CrashPoint): void {
    checkCrashPoint(point);
    this.#crashPoint = point;
    this.#crashCount = 0;
    this.#counted.clear();
  }

  /** Crashes the process now. */
  crash(): void {
    this.#crashPoint = null;
    this.#isCrashed = true;
    this.#process.die();
  }

  /** Starts a new process over the same database, which continues every unfinished `run()`. */
  async restart(): Promise<void> {
    const missed = this.#missedCrash();
    if (missed !== undefined) throw missed;
    this.crash();
    await this.#store.flush();
    await this.#endSessions();
    for (const given of this.#given) given.takeUp = await this.#recordedOf(given);
    this.#pid += 1;
    this.#isCrashed = false;
    this.#process = this.#start();
    for (const given of this.#given) if (!given.isDone) this.#call(given);
  }

  /** Ends the sessions of the dead process, which frees its slots, cache keys and runs. */
  #endSessions(): Promise<void> {
    return this.#store.write(async ({ sessions }) => {
      for (const { id } of await sessions.live()) await sessions.close(id);
    });
  }

  /**
   * Replaces a task's body by a double, in this engine only. The double has the task's parameters and result.
   *
   * @param body called instead of the task's body, with the context last if its source names one
   * @returns a function that removes the double
   * @throws ConfigurationError if `task` is not a task or `body` is not a function
   * @example
   * engine.mock(fetchUser, async (id) => ({ id, name: 'ann' }));
   */
  mock<TTask extends Mockable>(task: TTask, body: DoubleOf<TTask>): () => void {
    checkDouble(task, body);
    this.#mocks.set(task.taskName, body as Body);
    return () => void this.#mocks.delete(task.taskName);
  }

  /** All runs, flows before their tasks, oldest first (at most 200 of each). */
  async runs(): Promise<readonly TestedRun[]> {
    // Read from the store directly, because between a crash and the restart no process answers.
    const { flows, tasks } = await this.#store.read(async ({ flowRuns, taskRuns }) => ({
      flows: await flowRuns.list({ limit: RUNS_MAX }),
      tasks: await taskRuns.list({ limit: RUNS_MAX }),
    }));
    return [...flows.toReversed().map(flowView), ...tasks.toReversed().map(taskView)];
  }

  /** The states of a run, oldest first; empty if there is no such run. */
  async history(runId: string): Promise<readonly State[]> {
    const record = await this.#store.read(
      async ({ flowRuns, taskRuns }) => (await flowRuns.get(runId)) ?? (await taskRuns.get(runId)),
    );
    return record === undefined ? [] : [...record.history, record.state];
  }

  /** The log lines of a flow run, oldest first. */
  async logs(flowRunId: string): Promise<readonly string[]> {
    return (await this.#store.read(({ logs }) => logs.list({ flowRunId }))).map((line) => line.message);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const missed = this.#missedCrash();
    this.#isDisposed = true;
    this.#watch?.stop();
    this.#process.die();
    for (const { isDone, reject } of this.#given) if (!isDone) reject(disposed('before this run ended'));
    await this.#store.close();
    if (missed !== undefined) throw missed;
  }

  /** The error for a requested crash after a task that does not exist, because the test would pass without the crash. */
  #missedCrash(): ConfigurationError | undefined {
    const point = this.#crashPoint;
    if (point === null || (typeof point === 'object' && 'writes' in point)) return undefined;
    const name = typeof point === 'string' ? point : point.task;
    if (this.#ran.has(name) || isTaskDefined(name)) return undefined;
    this.#crashPoint = null;
    const ran = this.#ran.size === 0 ? 'None ran.' : `Those that ran: ${[...this.#ran].join(', ')}.`;
    return new ConfigurationError(`crashAfter() waited for '${name}', and no task or step has that name. ${ran}`);
  }

  #standStillWatch(clock: VirtualClock): StandStillWatch {
    return new StandStillWatch({
      activity: () => `${this.#activity()} ${clock.now()} ${this.#pid} ${this.#isCrashed}`,
      isOpen: () => !this.#isDisposed && this.#given.some(({ isDone }) => !isDone),
      engine: () => (this.#isCrashed ? null : this.#process.engine),
      now: () => clock.now(),
      recorded: async (id) => (await this.#store.read(({ flowRuns }) => flowRuns.get(id)))?.waiting ?? null,
      settle: () => this.settle(),
      reject: (error) => {
        const awaited = this.#given.filter(({ isDone, promise }) => !isDone && promise.isAwaited);
        for (const { reject } of awaited) reject(error);
        return awaited.length > 0;
      },
    });
  }

  #start(): SimulatedProcess {
    const pid = this.#pid;
    return new SimulatedProcess({
      store: this.#store,
      clock: this.#clock ?? machineClock,
      random: machineHost.random,
      pid,
      isProcessAlive: (other) => other.pid === this.#pid,
      bodyOf: (definition: TaskDefinition) => this.#mocks.get(definition.name) ?? definition.body,
      takesUp: (definition) => this.#takeUp(definition),
      onOutermost: (run) => void this.#calling?.started.push(run),
      onTaskRun: (record) => this.#taskRunWritten(record),
      onWrite: () => this.#written(),
    });
  }

  #call(given: Given): void {
    const process = this.#process;
    const before = this.#calling;
    this.#calling = given;
    let result: Promise<unknown>;
    try {
      result = Promise.resolve(withRuntime(process.engine, given.body));
    } catch (error) {
      result = Promise.reject(error);
    } finally {
      this.#calling = before;
    }
    const end = (): void => {
      if (given.isDone || process !== this.#process) return;
      given.isDone = true;
      given.settle(result);
    };
    result.then(end, end);
  }

  /** After an await of the body a call is no longer inside `#call`, so it is assigned to the oldest body with runs to continue. */
  #takeUp(definition: Definition): string | undefined {
    const given = this.#calling ?? this.#given.find((candidate) => !candidate.isDone && candidate.takeUp.length > 0);
    const index = given?.takeUp.findIndex((run) => run.flowName === definition.name) ?? -1;
    return index < 0 ? undefined : given?.takeUp.splice(index, 1)[0]?.id;
  }

  async #recordedOf(given: Given): Promise<Given['takeUp']> {
    const found: Given['takeUp'] = [];
    for (const run of given.started.splice(0)) {
      const record = await this.#store.read((transaction) => transaction.flowRuns.get(run.id));
      if (record !== undefined) found.push({ flowName: record.flowName, id: record.id });
    }
    return found;
  }

  #taskRunWritten(record: TaskRunRecord): void {
    this.#ran.add(record.taskKey);
    const point = this.#crashPoint;
    if (point === null || (typeof point === 'object' && 'writes' in point)) return;
    const wanted = typeof point === 'string' ? { task: point } : point;
    if (record.taskKey !== wanted.task || record.state.type !== 'COMPLETED' || this.#counted.has(record.id)) return;
    this.#counted.add(record.id);
    this.#crashCount += 1;
    if (this.#crashCount >= (wanted.occurrence ?? 1)) this.crash();
  }

  #written(): void {
    const point = this.#crashPoint;
    if (typeof point !== 'object' || point === null || !('writes' in point)) return;
    this.#crashCount += 1;
    if (this.#crashCount >= point.writes) this.crash();
  }

  #activity(): string {
    return `${this.#process.store.callCount} ${this.#clock?.timerCount ?? 0}`;
  }
}

/**
 * An engine for a test: in memory, separate from all others.
 *
 * @param options virtual time (default) or real time
 * @throws ConfigurationError for an invalid option
 * @example
 * await using engine = await testEngine({ time: 'virtual' });
 * const result = engine.run(() => sums(10));
 * await engine.advance('1d');
 * expect(await result).toBe(90);
 */
export async function testEngine(options: TestEngineOptions = {}): Promise<TestEngine> {
  checkOptions(options);
  const clock = options.time === 'real' ? null : new VirtualClock(options.startAt?.getTime());
  // A single process in memory is notified of every commit, so polling would only slow down an advance of 90 virtual days.
  const background = { setTimer: () => ({ cancel: () => {} }) };
  const host = clock === null ? {} : { clock, background };
  const store = await openStore({ url: ':memory:', durability: 'process', host });
  return new TestEngine(store, clock);
}

function disposed(what: string): ConfigurationError {
  return new ConfigurationError(`The test engine was disposed of ${what}. Await what run() gives before that.`);
}

function flowView(record: FlowRunRecord): TestedRun {
  const { id, flowName, name, state, runCount } = record;
  return {
    id,
    kind: 'flow',
    name: flowName,
    runName: name,
    state,
    runCount,
    parentId: record.parentTaskRunId ?? record.parentFlowRunId,
  };
}

function taskView(record: TaskRunRecord): TestedRun {
  const { id, kind, taskKey, name, state, runCount } = record;
  return {
    id,
    kind,
    name: taskKey,
    runName: name,
    state,
    runCount,
    parentId: record.parentTaskRunId ?? record.flowRunId,
  };
}
