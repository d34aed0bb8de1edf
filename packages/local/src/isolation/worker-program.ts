/**
 * The program of an isolated worker, thread or process: imports the module that defines the task, and runs its body.
 *
 * Top-level calls of flows and tasks have no effect here (they never settle), so that a script that runs its flow at the end can be
 * imported for its tasks.
 */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { parentPort } from 'node:worker_threads';
import { createWorkerBody, definedTask, ModuleFailed, type WorkerBody } from '@millrace/engine/isolated';
import { ConfigurationError, createIdSource, decodeValue, decodeThrown, encodeThrown } from '@millrace/kernel';
import { machineClock } from '../adapters/machine-clock.ts';
import { digest, random, randomBytes } from '../adapters/machine-random.ts';
import { watchParent } from './parent-watch.ts';
import type { CallMessage, FromWorker, ToWorker } from './messages.ts';

const send = (message: FromWorker): void => {
  if (parentPort !== null) parentPort.postMessage(message);
  // A channel that is closed has lost its parent, and this process ends with it.
  else process.send?.(message, () => {});
};

const ids = createIdSource({ now: machineClock.now, randomBytes });
let current: { readonly call: number; readonly body: WorkerBody } | null = null;
let aborted: { readonly call: number; readonly reason: unknown } | null = null;

const receive = (message: ToWorker): void => {
  if (message.type === 'call') void answer(message);
  else if (message.type === 'abort') {
    aborted = { call: message.call, reason: decodeThrown(message.reason) };
    if (current?.call === message.call) current.body.abort(aborted.reason);
  } else if (current?.call === message.call) current.body.handle(message.message);
};
/** Runs the bodies that it is sent, until it is ended. */
export function runWorkerProgram(): void {
  if (parentPort === null) {
    // Without a parent, another process takes the run up and calls the body again, so this one must end.
    watchParent();
    // A terminal sends these to all processes of the group, but only the parent decides about its runs.
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
    // The parent of a thread gets its error anyway.
    process.on('uncaughtExceptionMonitor', (error) => send({ type: 'dying', error: encodeThrown(error) }));
  }
  if (parentPort !== null) parentPort.on('message', receive);
  else process.on('message', receive);
}

async function answer(message: CallMessage): Promise<void> {
  const { call } = message;
  try {
    const body = await bodyOf(message);
    current = { call, body };
    if (aborted?.call === call) body.abort(aborted.reason);
    send({ type: 'started', call });
    send({ type: 'end', call, end: await body.call(decodeValue(message.args) as readonly unknown[]) });
  } catch (error) {
    if (error instanceof ModuleFailed) send({ type: 'unloadable', call, error: encodeThrown(error.cause) });
    else send({ type: 'end', call, end: { error: encodeThrown(error), run: null } });
  }
}

/** The loading, or an error once the event loop is empty: then the module waits for a run, and none settles here. */
async function unlessStalled<T>(loading: Promise<T>, stalled: () => Error): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const onIdle = (): void => reject(stalled());
  // Node emits this when the loop is empty; while a module loads, the channel to the parent does not count.
  const way = parentPort ?? process.channel;
  way?.unref();
  process.once('beforeExit', onIdle);
  try {
    return await Promise.race([loading, promise]);
  } finally {
    process.removeListener('beforeExit', onIdle);
    way?.ref();
  }
}

function unreachable(name: string, file: string): ConfigurationError {
  return new ConfigurationError(
    `Task '${name}' can't be isolated: ${file} awaits a run at its top level, and defines the task below that. ` +
      'Define it above, or in a module of its own.',
  );
}

/** Imports a module as the process did: by a hook on `require`, such as that of ts-node, if there is one and the module is CommonJS. */
async function load(file: string): Promise<unknown> {
  if (file.startsWith('file:')) return await import(file);
  const isHooked = process.execArgv.some((option) => /^(?:-r|--require)(?:=|$)/.test(option));
  return isHooked ? await required(file) : await import(pathToFileURL(file).href);
}

/** A module that waits at its top level is none that `require` could have loaded. */
async function required(file: string): Promise<unknown> {
  try {
    return createRequire(file)(file);
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error.code !== 'ERR_REQUIRE_ASYNC_MODULE') throw error;
    return await import(pathToFileURL(file).href);
  }
}

async function bodyOf(message: CallMessage): Promise<WorkerBody> {
  const { call, file, taskName } = message;
  const definition = await unlessStalled(
    definedTask(
      { name: taskName, file },
      [file, ...message.callers].map((module) => () => load(module)),
    ),
    () => unreachable(taskName, file),
  );
  return createWorkerBody({
    definition,
    taskRun: message.taskRun,
    flowRun: message.flowRun,
    parameters: decodeValue(message.parameters) as Record<string, unknown>,
    tags: message.tags,
    logPrints: message.logPrints,
    logLevel: message.logLevel,
    clock: machineClock,
    random,
    ids,
    digest,
    send: (message) => send({ type: 'from-body', call, message }),
  });
}
