/**
 * Isolated bodies on this machine: worker threads and processes.
 *
 * A worker imports the module that defined the task and finds the task by its name. What is aborted is told so, and killed
 * when it doesn't end within the grace: a timeout here really ends the work.
 */
import type { IsolatedCall, Isolator } from '@millrace/engine';
import { type Frame, viewOf, writeLine } from '@millrace/engine/internal';
import {
  ConfigurationError,
  decodeValue,
  encodeValue,
  fromSerializedError,
  NotSerializable,
  NotTransferable,
  RunCrashed,
} from '@millrace/kernel';
import type { CallMessage, FromWorker } from './messages.ts';
import { openProcess, openThread, type WorkerChannel } from './worker-channel.ts';
import { WorkerPool } from './worker-pool.ts';

/** Between the abort's message and the kill. */
const KILL_AFTER_MS = 100;

export class LocalIsolator implements Isolator<Frame> {
  readonly #pools = { thread: new WorkerPool(openThread), process: new WorkerPool(openProcess) };

  async run(call: IsolatedCall<Frame>): Promise<unknown> {
    const message = messageOf(call);
    const pool = this.#pools[call.mode];
    const channel = await pool.take(call.size);
    channel.reference(true);
    try {
      call.signal.throwIfAborted();
      return await exchange(channel, message, call);
    } finally {
      pool.give(channel);
    }
  }

  async close(): Promise<void> {
    this.#pools.thread.close();
    this.#pools.process.close();
  }
}

function exchange(channel: WorkerChannel, message: CallMessage, call: IsolatedCall<Frame>): Promise<unknown> {
  const { frame, signal, definition } = call;
  const { run, engine } = frame;
  return new Promise((resolve, reject) => {
    let killing: { cancel(): void } | undefined;
    const onAbort = (): void => {
      channel.send({
        type: 'abort',
        reason: signal.reason instanceof Error ? signal.reason.message : String(signal.reason),
      });
      killing = engine.clock.setTimer(KILL_AFTER_MS, () => channel.kill());
    };
    const end = (settle: () => void): void => {
      killing?.cancel();
      signal.removeEventListener('abort', onAbort);
      channel.listen(null);
      exit.remove();
      settle();
    };
    const exit = channel.onExit((how) => {
      const message = `The ${call.mode} of task '${definition.name}' ${how}.`;
      end(() => reject(signal.aborted ? signal.reason : new RunCrashed({ runId: run.id, runName: run.name, message })));
    });
    signal.addEventListener('abort', onAbort, { once: true });
    channel.listen((answer: FromWorker) => {
      if (answer.type === 'log') writeLine(frame, answer);
      else if (answer.type === 'value') end(() => resolve(decodeValue(answer.value)));
      else end(() => reject(fromSerializedError(answer.error)));
    });
    channel.send(message);
  });
}

function messageOf(call: IsolatedCall<Frame>): CallMessage {
  const { definition, args, frame } = call;
  if (definition.location === null) {
    throw new ConfigurationError(
      `Task '${definition.name}' can't be isolated: where it is defined can't be told. Define it in a module file.`,
    );
  }
  return {
    type: 'call',
    file: definition.location.file,
    taskName: definition.name,
    args: transferable(call, args),
    taskRun: viewOf(frame.run),
    flowRun: frame.flow === null ? null : viewOf(frame.flow.run),
    parameters: parametersText(frame),
    tags: frame.tags,
    logPrints: frame.logPrints,
    logLevel: frame.engine.logLevel,
  };
}

function transferable(call: IsolatedCall<Frame>, args: readonly unknown[]): string {
  const names = call.definition.parameterNames;
  for (const [index, value] of args.entries()) {
    const name = names[index] ?? `arg${index}`;
    try {
      encodeValue(value, name);
    } catch (error) {
      if (!(error instanceof NotSerializable)) throw error;
      throw new NotTransferable({
        taskName: call.definition.name,
        path: String(error.details.path ?? name),
        problem: String(error.details.problem),
        cause: error,
      });
    }
  }
  return encodeValue([...args], 'arguments');
}

/** The flow's parameters for `context()`; those that can't cross are left out. */
function parametersText(frame: Frame): string {
  const crossing = Object.entries(frame.flow?.parameters ?? {}).filter(([name, value]) => {
    try {
      encodeValue(value, name);
      return true;
    } catch {
      return false;
    }
  });
  return encodeValue(Object.fromEntries(crossing), 'parameters');
}
