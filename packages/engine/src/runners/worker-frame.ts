/**
 * The inside of an isolated worker: a frame for one task body, over an engine that asks the body's process for everything.
 */
import type { Clock, Execution, RecordedChildren, TaskRunRecord } from '@millrace/kernel';
import { ConfigurationError, OccurrenceCounter } from '@millrace/kernel';
import { captureConsole } from '../context/console-capture.ts';
import { provideEngine } from '../default-engine.ts';
import type { TaskDefinition } from '../define/definition.ts';
import { definedIn, onDefined } from '../define/registry.ts';
import type { RunView } from '../define/run-context.ts';
import { Engine } from '../engine.ts';
import { hasFutures, settledValue } from '../futures/resolve-inputs.ts';
import { ProxyScope } from '../isolated/proxy-scope.ts';
import { type ClosureCall, WorkerEngine, type WorkerEngineOptions } from '../isolated/worker-engine.ts';
import { type Asked, BODY_FRAME, type CrossedEnd, type Told } from '../isolated/wire.ts';
import { argumentsFor } from '../run/arguments-for.ts';
import { runInFrame } from '../run/frame.ts';
import { isGenerator } from '../run/generator.ts';
import type { FlowFrame, Frame } from '../run/model.ts';
import { RunNode } from '../run/run.ts';
import { PlacePool } from './run-place.ts';
import { Places } from './places.ts';
import { afterThisTurn } from './adapters/turns.ts';

export interface WorkerCall extends WorkerEngineOptions {
  readonly definition: TaskDefinition;
  readonly taskRun: RunView;
  readonly flowRun: RunView | null;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly tags: readonly string[];
  readonly logPrints: boolean;
  readonly ask: (asked: Asked) => void;
}

/** One isolated body, in its worker. */
export interface WorkerBody {
  /** Calls the body with its context, and says how it ended. Never rejects. */
  call(args: readonly unknown[]): Promise<CrossedEnd>;
  /** Does what the host says. */
  hear(told: Told): void;
  abort(reason: unknown): void;
}

const silentClock: Clock = { now: () => 0, setTimer: () => ({ cancel: () => {} }) };

/** Makes calls outside any run inert in this thread or process: a module's top-level calls never settle in a worker. */
export function provideInertEngine(): void {
  const engine = new Engine({
    openLedger: () => new Promise(() => {}),
    clock: silentClock,
    random: () => 0,
    ids: () => '',
    digest: (text) => text,
    print: () => {},
    logLevel: Number.POSITIVE_INFINITY,
  });
  provideEngine(() => engine);
}

/**
 * The task that this file defines under this name, once one of the modules has defined it. A module that awaits its own flow
 * never finishes loading here, and one that fails after the definition (a test file outside its runner) has still defined it.
 *
 * @param modules imports the file; then what called it, as it may only make tasks for others
 */
export function definedTask(
  { name, file }: { readonly name: string; readonly file: string },
  modules: readonly (() => Promise<unknown>)[],
): Promise<TaskDefinition> {
  const find = (): TaskDefinition | undefined => {
    const found = definedIn(file, { kind: 'task', name });
    return found?.kind === 'task' ? found : undefined;
  };
  const known = find();
  if (known !== undefined) return Promise.resolve(known);
  return new Promise((resolve, reject) => {
    const listening = onDefined((definition) => {
      const found = definition.name === name ? find() : undefined;
      // Wait for the rest of the module's synchronous part: the body may use what is declared below it.
      if (found !== undefined) afterThisTurn(() => resolve(find() ?? found));
    });
    const settle = (error: unknown): void => {
      listening.remove();
      const found = find();
      if (found === undefined) reject(error);
      else resolve(found);
    };
    load(modules, find).then(() => settle(gone(name)), settle);
  });
}

async function load(modules: readonly (() => Promise<unknown>)[], find: () => unknown): Promise<void> {
  for (const module of modules) {
    await module();
    if (find() !== undefined) return;
  }
}

function gone(name: string): ConfigurationError {
  return new ConfigurationError(
    `The module that defined task '${name}' does not define it when a worker imports it. Define tasks at the top level of a module.`,
  );
}

/** One isolated body: what it calls is done by its process. */
export function createWorkerBody(call: WorkerCall): WorkerBody {
  const engine = new WorkerEngine(call);
  const scope = new ProxyScope(BODY_FRAME, (run) => engine.observed(run));
  const frame = frameOf(engine, { ...call, scope });
  engine.callClosure = (closure) => {
    const inner = frameOf(engine, { ...call, ...closure });
    return { run: inner.run, value: callBody(inner, closure.args) };
  };
  return {
    async call(args) {
      let end: CrossedEnd;
      try {
        end = engine.ending(await callBody(frame, args), frame);
      } catch (error) {
        end = engine.failure(error);
      }
      scope.close();
      return end;
    },
    hear: (told) => engine.hear(told),
    abort: (reason) => frame.run.abort(reason),
  };
}

async function callBody(frame: WorkerFrame, args: readonly unknown[]): Promise<unknown> {
  const { definition } = frame.run;
  if (frame.logPrints) captureConsole();
  return await runInFrame(frame, async () => {
    const body = definition.body as (...given: readonly unknown[]) => unknown;
    const value = await whole(frame, await body(...argumentsFor(definition, args, frame)));
    frame.engine.throwRefused(frame);
    return value;
  });
}

/** A generator is run to its end, futures in the value are waited for; any other value is the body's as it is. */
async function whole(frame: WorkerFrame, value: unknown): Promise<unknown> {
  if (typeof value !== 'object' || value === null) return value;
  if (isGenerator(value)) return await listed(frame, value);
  return hasFutures([value]) ? await settledValue(value, 'return', frame) : value;
}

/** What a generator yields; the host shows each item, and says when nobody wants more. */
async function listed(frame: WorkerFrame, generator: Iterable<unknown> | AsyncIterable<unknown>): Promise<unknown[]> {
  const items: unknown[] = [];
  for await (const item of generator) {
    if (frame.run.aborted) break;
    const given = hasFutures([item]) ? await settledValue(item, 'yield', frame) : item;
    items.push(given);
    if ((await frame.engine.call(frame, { group: 'items', method: 'show' }, [given])) === false) break;
  }
  return items;
}

type WorkerFrame = Frame & { readonly engine: WorkerEngine };
type FrameOptions = Omit<WorkerCall, keyof WorkerEngineOptions> & Pick<ClosureCall, 'scope'>;

function frameOf(engine: WorkerEngine, options: FrameOptions): WorkerFrame {
  const { definition, tags, logPrints, scope } = options;
  const run = new RunNode(engine, definition, { caller: null, args: [] });
  run.record = recordOf(options);
  run.show(options.taskRun);
  run.execution = silentExecution;
  return {
    engine,
    run,
    scope,
    flow: options.flowRun === null ? null : flowFrame(engine, options.flowRun, options),
    childScope: '',
    occurrences: new OccurrenceCounter(),
    tags,
    logPrints,
    transaction: null,
    place: null,
  };
}

function flowFrame(engine: Engine, view: RunView, { definition, parameters }: FrameOptions): FlowFrame {
  const run = new RunNode(engine, definition, { caller: null, args: [] });
  run.show(view);
  return { run, places: new PlacePool(new Places(1), null), parameters };
}

function recordOf({ taskRun, definition, tags }: FrameOptions): TaskRunRecord {
  return {
    id: taskRun.id,
    name: taskRun.name,
    kind: 'task',
    flowRunId: null,
    sessionId: null,
    parentTaskRunId: null,
    taskKey: definition.name,
    replayKey: '',
    state: { type: 'RUNNING', name: 'Running', at: 0, message: null, details: null },
    history: [],
    runCount: taskRun.runCount,
    flowRunCount: 0,
    parameters: null,
    inputs: [],
    outcome: null,
    cacheKey: null,
    tags,
    createdAt: 0,
    startAt: null,
    endAt: null,
    runTimeMs: 0,
    wakeAt: null,
  };
}

const nothingRecorded: RecordedChildren = {
  size: 0,
  task: () => undefined,
  flow: () => undefined,
  notTaken: () => {},
  uncalled: () => [],
};

/** Nothing is recorded here: what would be, the host was asked for. */
const silentExecution: Execution = (() => {
  const refuse = (): never => {
    throw new ConfigurationError('An isolated body records nothing by itself.');
  };
  return {
    flowRun: null,
    recorded: nothingRecorded,
    beginTaskRun: refuse,
    proposeTask: refuse,
    proposeFlow: refuse,
    queueFlow: refuse,
    touch: refuse,
    committed: async () => {},
    outcome: refuse,
    completedBelow: refuse,
    log: () => {},
    park: refuse,
    takeSignal: refuse,
    onInterrupt: () => {},
    reread: refuse,
    release: () => {},
  };
})();
