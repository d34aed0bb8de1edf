/**
 * The program of an isolated worker, thread or process: imports the module that defines the task, and runs its body.
 *
 * The module's own top-level calls of flows and tasks stay without effect here (they never settle), so that a script that
 * runs its flow at the end can be imported to find its tasks.
 */
import { pathToFileURL } from 'node:url';
import { parentPort } from 'node:worker_threads';
import { createWorkerFrame, definedTask, provideInertEngine, runInFrame } from '@millrace/engine/internal';
import { decodeValue, encodeValue, toSerializedError } from '@millrace/kernel';
import type { CallMessage, FromWorker, ToWorker } from './messages.ts';

const send = (message: FromWorker): void => {
  if (parentPort !== null) parentPort.postMessage(message);
  else process.send?.(message);
};

let abort: ((reason: string) => void) | null = null;
provideInertEngine();

const receive = (message: ToWorker): void => {
  if (message.type === 'abort') abort?.(message.reason);
  else void answer(message);
};
if (parentPort !== null) parentPort.on('message', receive);
else process.on('message', receive);

async function answer(call: CallMessage): Promise<void> {
  try {
    const value = await run(call);
    send({ type: 'value', value: encodeValue(value, 'result') });
  } catch (error) {
    send({ type: 'error', error: toSerializedError(error) });
  } finally {
    abort = null;
  }
}

async function run(call: CallMessage): Promise<unknown> {
  const url = call.file.startsWith('file:') ? call.file : pathToFileURL(call.file).href;
  const definition = await definedTask(call.taskName, () => import(url));
  const frame = createWorkerFrame({
    definition,
    taskRun: call.taskRun,
    flowRun: call.flowRun,
    parameters: decodeValue(call.parameters) as Record<string, unknown>,
    tags: call.tags,
    logPrints: call.logPrints,
    logLevel: call.logLevel,
    log: (line) => send({ type: 'log', ...line }),
  });
  abort = (reason) => frame.run.abort(new Error(reason));
  return await runInFrame(frame, () => frame.call(decodeValue(call.args) as readonly unknown[]));
}
