/** Calls one task body inside an isolated worker: in a frame of its own, over a runtime that sends its calls to the process of the run. */
import type { Execution, RecordedChildren, TaskRunRecord } from '@millrace/kernel';
import { ConfigurationError, running } from '@millrace/kernel';
import { captureConsole } from '../context/console-capture.ts';
import { provideRuntime } from '../runs/default-runtime.ts';
import { defineFlow, type TaskDefinition } from '../definitions/definition.ts';
import { assertOnlyInFile } from '../runs/name-claims.ts';
import { definedIn, onDefined } from '../runs/registry.ts';
import type { RunView } from '../definitions/run-context.ts';
import { InertRuntime } from '../engine/inert-runtime.ts';
import { hasFuturesToStore, settledValue } from '../futures/resolve-inputs.ts';
import { ProxyScope } from './proxy-scope.ts';
import { type ClosureCall, WorkerRuntime, type WorkerRuntimeOptions } from './worker-runtime.ts';
import { type BodyMessage, BODY_FRAME, type CrossedEnd, type HostMessage } from './wire.ts';
import { argumentsFor } from '../context/body-arguments.ts';
import { BodyCalls } from '../runs/body-calls.ts';
import { awaitBody, enterBody } from '../runs/thread.ts';
import { runInFrame } from '../runs/frame.ts';
import { isGenerator } from '../futures/generator.ts';
import type { FlowFrame, Frame } from '../runs/model.ts';
import { createRun } from '../runs/run.ts';
import { PermitPool } from '../runs/run-permit.ts';
import { Semaphore } from '../runs/semaphore.ts';
import { afterThisTurn } from './adapters/turns.ts';

export interface WorkerCall extends WorkerRuntimeOptions {
  readonly definition: TaskDefinition;
  readonly taskRun: RunView;
  readonly flowRun: RunView | null;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly tags: readonly string[];
  readonly logPrints: boolean;
  readonly send: (message: BodyMessage) => void;
}

/** One isolated body, in its worker. */
export interface WorkerBody {
  /** Calls the body with its context and returns its end. Never rejects. */
  call(args: readonly unknown[]): Promise<CrossedEnd>;
  /** Handles a message of the host. */
  handle(message: HostMessage): void;
  abort(reason: unknown): void;
}

/** Makes calls outside any run inert in this thread or process, so that top-level calls of a module never settle in a worker. */
export function provideInertRuntime(): void {
  const runtime = new InertRuntime();
  provideRuntime(() => runtime);
}

/**
 * The task that this file defines under this name, once one of the modules has defined it. A module that awaits its own flow
 * never finishes loading here, and one that fails after the definition (a test file outside its runner) has still defined it.
 *
 * @throws ModuleFailed with the module's error as its cause; ConfigurationError when it loads and does not define the task;
 *   DuplicateName when it defines several
 * @param modules imports the file, then its callers, because the file may only make tasks for others
 */
export function definedTask(
  { name, file }: { readonly name: string; readonly file: string },
  modules: readonly (() => Promise<unknown>)[],
): Promise<TaskDefinition> {
  const find = (): TaskDefinition | undefined => {
    const found = definedIn(file, { kind: 'task', name });
    return found?.kind === 'task' ? found : undefined;
  };
  return new Promise((resolve, reject) => {
    const settle = (error: unknown): void => {
      try {
        const found = find();
        if (found === undefined) throw error;
        assertOnlyInFile(found, 'a worker finds its task by file and name');
        resolve(found);
      } catch (reason) {
        reject(reason);
      }
    };
    if (find() !== undefined) {
      settle(null);
      return;
    }
    const listening = onDefined((definition) => {
      // Wait for the rest of the module's synchronous part, because the body may use declarations below it.
      if (definition.name === name && find() !== undefined) afterThisTurn(() => settle(gone(name)));
    });
    void load(modules, find)
      .then(
        () => gone(name),
        (error: unknown) => error,
      )
      .then((error) => {
        listening.remove();
        settle(error);
      });
  });
}

async function load(modules: readonly (() => Promise<unknown>)[], find: () => unknown): Promise<void> {
  for (const module of modules) {
    try {
      await module();
    } catch (error) {
      throw new ModuleFailed(error);
    }
    if (find() !== undefined) return;
  }
}

/** A module that threw while it was loaded. It stays broken in this thread or process; loading in another may succeed. */
export class ModuleFailed extends Error {
  constructor(cause: unknown) {
    super('A module failed to load.', { cause });
    this.name = 'ModuleFailed';
  }
}

function gone(name: string): ConfigurationError {
  return new ConfigurationError(
    `The module that defined task '${name}' does not define it when a worker imports it. Define tasks at the top level of a module.`,
  );
}

/** One isolated body, whose calls are run by its host. */
export function createWorkerBody(call: WorkerCall): WorkerBody {
  const runtime = new WorkerRuntime(call);
  const scope = new ProxyScope(BODY_FRAME, (run) => runtime.observed(run));
  const frame = frameOf(runtime, { ...call, scope });
  runtime.callClosure = (closure) => {
    const inner = frameOf(runtime, { ...call, ...closure });
    return { run: inner.run, value: callBody(inner, closure.args) };
  };
  return {
    async call(args) {
      let end: CrossedEnd;
      try {
        end = runtime.ending(await callBody(frame, args), frame);
      } catch (error) {
        end = runtime.failure(error);
      }
      scope.close();
      return end;
    },
    handle: (message) => runtime.handle(message),
    abort: (reason) => frame.run.abort(reason),
  };
}

async function callBody(frame: WorkerFrame, args: readonly unknown[]): Promise<unknown> {
  const { definition } = frame.run;
  if (frame.logPrints) captureConsole();
  const called = async (): Promise<unknown> => {
    const body = definition.body as (...given: readonly unknown[]) => unknown;
    const value = await whole(frame, await body(...argumentsFor(definition, args, frame)));
    frame.runtime.throwRefused(frame);
    return value;
  };
  return await runInFrame(frame, () => awaitBody(enterBody(called)));
}

/** Runs a generator to its end and waits for futures in the value; other values are returned unchanged. */
async function whole(frame: WorkerFrame, value: unknown): Promise<unknown> {
  if (typeof value !== 'object' || value === null) return value;
  if (isGenerator(value)) return await listed(frame, value);
  return hasFuturesToStore(value) ? await settledValue(value, 'return', frame) : value;
}

/** The items that a generator yields. The host shows each one, and answers whether an iteration wants more. */
async function listed(frame: WorkerFrame, generator: Iterable<unknown> | AsyncIterable<unknown>): Promise<unknown[]> {
  const items: unknown[] = [];
  for await (const item of generator) {
    if (frame.run.aborted) break;
    const given = hasFuturesToStore(item) ? await settledValue(item, 'yield', frame) : item;
    items.push(given);
    if ((await frame.runtime.call(frame, { group: 'items', method: 'show' }, [given])) === false) break;
  }
  return items;
}

type WorkerFrame = Frame & { readonly runtime: WorkerRuntime };
type FrameOptions = Omit<WorkerCall, keyof WorkerRuntimeOptions> & Pick<ClosureCall, 'scope'>;

function frameOf(runtime: WorkerRuntime, options: FrameOptions): WorkerFrame {
  const { definition, tags, logPrints, scope } = options;
  const run = createRun(runtime, definition, { caller: null, args: [] });
  run.attach(recordOf(options));
  run.show(options.taskRun);
  run.joinExecution(silentExecution);
  return {
    runtime,
    run,
    scope,
    flow: options.flowRun === null ? null : flowFrame(runtime, options.flowRun, options),
    childScope: '',
    calls: new BodyCalls(),
    tags,
    logPrints,
    transaction: null,
    permit: null,
  };
}

function flowFrame(runtime: WorkerRuntime, view: RunView, { parameters }: FrameOptions): FlowFrame {
  const definition = defineFlow({ name: view.definitionName }, { body: () => {}, location: null });
  const run = createRun(runtime, definition, { caller: null, args: [] });
  run.show(view);
  return { run, permits: new PermitPool(new Semaphore(1), null), parameters };
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
    dynamicKey: null,
    replayKey: '',
    state: running(0),
    history: [],
    runCount: taskRun.runCount,
    flowRunCount: 0,
    parameters: null,
    inputs: [],
    outcome: null,
    cacheKey: null,
    retryPolicy: null,
    tags,
    details: null,
    createdAt: 0,
    startAt: null,
    endAt: null,
    runTimeMs: 0,
    wakeAt: null,
  };
}

const nothingRecorded: RecordedChildren = {
  size: 0,
  isCaughtUp: true,
  task: () => undefined,
  flow: () => undefined,
  isCalled: () => false,
  isOpen: () => false,
  hasOpenBranch: () => false,
  hasOpenUnknown: () => false,
  isLone: () => false,
  open: () => [],
  notTaken: () => {},
  uncalled: () => [],
};

/** Nothing is recorded here, because the host records for the body. */
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
