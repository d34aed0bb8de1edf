/**
 * The inside of an isolated worker: a frame for one task body, and an engine on which nothing else runs.
 */
import type { RunView } from '../define/run-context.ts';
import type { FlowFrame, Frame } from '../run/model.ts';
import { ConfigurationError, OccurrenceCounter, type TaskRunRecord } from '@millrace/kernel';
import { provideEngine } from '../default-engine.ts';
import type { TaskDefinition } from '../define/definition.ts';
import { findTask, onDefined } from '../define/registry.ts';
import { Engine } from '../engine.ts';
import type { Execution, RecordedChildren } from '@millrace/kernel';
import { isGenerator, collect } from '../run/generator.ts';
import { RunNode } from '../run/run.ts';
import { ChildScope } from '../run/scope.ts';
import { argumentsFor } from '../run/arguments-for.ts';
import { PlacePool } from './run-place.ts';
import { Places } from './places.ts';

export interface WorkerCall {
  readonly definition: TaskDefinition;
  readonly taskRun: RunView;
  readonly flowRun: RunView | null;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly tags: readonly string[];
  readonly logPrints: boolean;
  readonly logLevel: number;
  readonly log: (line: { readonly level: number; readonly text: string; readonly print: boolean }) => void;
}

/** The frame of one isolated body. */
export interface WorkerFrame extends Frame {
  /** Calls the body with its context. */
  call(args: readonly unknown[]): Promise<unknown>;
}

const silentClock = { now: () => 0, setTimer: () => ({ cancel: () => {} }) };

/** An engine whose outermost runs never start: a module's top-level calls are inert in a worker. */
function inertEngine(logLevel: number): Engine {
  return new Engine({
    openLedger: () => new Promise(() => {}),
    clock: silentClock,
    random: () => 0,
    ids: () => '',
    digest: (text) => text,
    print: () => {},
    logLevel,
  });
}

/** Makes calls outside any run inert in this thread or process. */
export function provideInertEngine(): void {
  const engine = inertEngine(Number.POSITIVE_INFINITY);
  provideEngine(() => engine);
}

/**
 * The task of this name, once the module has defined it. A module that awaits its own flow never finishes loading here, and
 * one that fails after the definition (a test file outside its runner) has still defined it.
 */
export function definedTask(name: string, load: () => Promise<unknown>): Promise<TaskDefinition> {
  const known = findTask(name);
  if (known !== undefined) return Promise.resolve(known);
  return new Promise((resolve, reject) => {
    const settle = (error: unknown): void => {
      const definition = findTask(name);
      if (definition === undefined) reject(error);
      else resolve(definition);
    };
    onDefined((definition) => {
      // Wait for the rest of the module's synchronous part: the body may use what is declared below it.
      if (definition.kind === 'task' && definition.name === name) setImmediate(() => settle(undefined));
    });
    const gone = `The module that defined task '${name}' does not define it any more when a worker imports it. Define tasks at the top level of a module.`;
    load().then(() => settle(new ConfigurationError(gone)), settle);
  });
}

/** The frame of one isolated body. Calls of other tasks and flows from it are refused. */
export function createWorkerFrame(call: WorkerCall): WorkerFrame {
  const engine = inertEngine(call.logLevel);
  const run = new RunNode(engine, call.definition, { caller: null, args: [] });
  run.record = recordOf(call);
  run.execution = executionOf(call);
  const flow = call.flowRun === null ? null : flowFrame(engine, call);
  const frame: WorkerFrame = {
    engine,
    run,
    scope: new ChildScope(),
    flow,
    childScope: '',
    occurrences: new OccurrenceCounter(),
    tags: call.tags,
    logPrints: call.logPrints,
    transaction: null,
    place: null,
    async call(args) {
      const body = call.definition.body as (...given: readonly unknown[]) => unknown;
      const returned = await body(...argumentsFor(call.definition, args, frame));
      return isGenerator(returned) ? await collect(frame, returned) : returned;
    },
  };
  frame.scope.close(
    new ConfigurationError(
      `Task '${call.definition.name}' runs isolated: it can't start tasks or flows. Call them from the flow, or run it with isolate: 'inline'.`,
    ),
  );
  return frame;
}

function flowFrame(engine: Engine, call: WorkerCall): FlowFrame {
  const run = new RunNode(engine, call.definition, { caller: null, args: [] });
  if (call.flowRun !== null) run.show(call.flowRun);
  return { run, places: new PlacePool(new Places(1), null), parameters: call.parameters };
}

function recordOf({ taskRun, definition, tags }: WorkerCall): TaskRunRecord {
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

/** Takes log lines and refuses everything else. */
function executionOf(call: WorkerCall): Execution {
  const refuse = (): never => {
    throw new ConfigurationError(`Task '${call.definition.name}' runs isolated and can't record runs of its own.`);
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
    log: (lines) => {
      for (const { level, message } of lines) call.log({ level, text: message, print: true });
    },
    park: refuse,
    takeSignal: refuse,
    onInterrupt: () => {},
    reread: refuse,
    release: () => {},
  };
}
