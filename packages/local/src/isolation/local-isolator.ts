/**
 * Isolated bodies on this machine: worker threads and processes.
 *
 * A worker imports the module that defined the task and finds the task by its name. An aborted body gets a message, and
 * its worker is killed if it does not end within the grace, so a timeout really ends the work.
 */
import type { IsolatedCall, Isolator } from '@millrace/engine';
import { type Frame, type Permit, viewOf } from '@millrace/engine/internal';
import { BodyHost, frameWithin } from '@millrace/engine/isolated';
import {
  ConfigurationError,
  encodeValue,
  NotSerializable,
  NotTransferable,
  RunCancelled,
  RunCrashed,
  thrownText,
  decodeThrown,
  encodeThrown,
} from '@millrace/kernel';
import { machineClock } from '../adapters/machine-clock.ts';
import type { CallMessage, FromWorker } from './messages.ts';
import { openProcess, openThread } from './worker-channel.ts';
import { type Lease, WorkerPool } from './worker-pool.ts';

/** The time between the message of the abort and the kill. */
const KILL_AFTER_MS = 100;
/** How long a worker may take to load the task's module: one that never ends would keep its permit for ever. */
const LOAD_MAX_MS = 120_000;

export class LocalIsolator implements Isolator<Frame> {
  readonly #pools = { thread: new WorkerPool(openThread), process: new WorkerPool(openProcess) };
  #callCount = 0;

  async run(call: IsolatedCall<Frame>): Promise<unknown> {
    this.#callCount += 1;
    const message = messageOf(call, this.#callCount);
    const pool = this.#pools[call.mode];
    const lease = await leased(pool, call);
    const end = (isSound: boolean): void => (isSound ? pool.give(lease) : pool.discard(lease));
    return await exchange({ ...lease, end }, message, call);
  }

  async close(): Promise<void> {
    this.#pools.thread.close();
    this.#pools.process.close();
  }
}

/** A worker, or the abort's reason, whichever comes first. */
function leased(pool: WorkerPool, { frame: { run }, size }: IsolatedCall<Frame>): Promise<Lease> {
  return new Promise((resolve, reject) => {
    const listening = run.onAbort(reject);
    pool.take(size).then((lease) => {
      listening.remove();
      if (run.aborted) pool.give(lease);
      else resolve(lease);
    }, reject);
  });
}

/** Sends the call, handles the requests of the body meanwhile, and returns its value. */
function exchange(
  lease: Lease & { end(isSound: boolean): void },
  message: CallMessage,
  { frame: outer, definition, mode, onBegin }: IsolatedCall<Frame>,
): Promise<unknown> {
  const { channel, permit } = lease;
  const { call } = message;
  const { run, runtime } = outer;
  const frame = frameWithin(outer, { permit: bothPermits(outer.permit, permit) });
  const host = new BodyHost(frame, (message) => channel.send({ type: 'to-body', call, message }));
  return new Promise((resolve, reject) => {
    let killing: { cancel(): void } | undefined;
    let overdue: string | null = null;
    const loading = machineClock.setTimer(LOAD_MAX_MS, () => {
      overdue = `did not load ${message.file} within ${LOAD_MAX_MS / 1000} s`;
      channel.kill();
    });
    let stopped: { readonly reason: unknown } | null = null;
    let listening: { remove(): void } | undefined;
    const bodyEnded = (): void => {
      killing?.cancel();
      loading.cancel();
      listening?.remove();
    };
    const leave = (why: Error, isSound: boolean): void => {
      channel.listen(null);
      exit.remove();
      host.close(why);
      lease.end(isSound);
    };
    const crashed = (how: string, cause: unknown): void => {
      const crash = crashOf({ frame: outer, definition, mode }, how, cause);
      bodyEnded();
      leave(crash, false);
      reject(stopped === null ? crash : stopped.reason);
    };
    const exit = channel.onExit((how, cause) => crashed(overdue ?? how, cause));
    channel.listen((answer: FromWorker) => {
      if (answer.type === 'dying' || answer.call !== call) return;
      if (answer.type === 'started') {
        loading.cancel();
        onBegin();
        return;
      }
      if (answer.type === 'unloadable') return crashed(...unloadable(message.file, answer.error));
      if (answer.type === 'from-body') return host.handle(answer.message);
      bodyEnded();
      // Runs of closures are awaited by the scope of the body; their code needs the worker until they have ended.
      void host.idle().then(() => {
        leave(new RunCancelled({ reason: 'the run that this call belongs to has ended' }), !host.hasStrays);
      });
      try {
        resolve(host.valueIn(answer.end));
      } catch (error) {
        reject(error);
      }
    });
    channel.send(message);
    listening = run.onAbort((reason) => {
      stopped = { reason };
      channel.send({ type: 'abort', call, reason: encodeThrown(reason) });
      killing = runtime.clock.setTimer(KILL_AFTER_MS, () => channel.kill());
    });
  });
}

function crashOf(
  { frame: { run }, definition, mode }: Pick<IsolatedCall<Frame>, 'frame' | 'definition' | 'mode'>,
  how: string,
  cause: unknown,
): RunCrashed {
  const message = `The ${mode} of task '${definition.name}' ${how}.`;
  return new RunCrashed({ runId: run.id, runName: run.name, message, cause });
}

/** How and why a module failed to load in its worker. */
function unloadable(file: string, thrown: string): [how: string, cause: unknown] {
  const error = decodeThrown(thrown);
  return [`could not load ${file}: ${thrownText(error).replace(/\.$/, '')}`, error];
}

/** A waiting body gives back its permits of the flow run and of the pool; that of the flow is taken back first. */
function bothPermits(outer: Permit | null, inner: Permit): Permit {
  return {
    suspend: () => {
      outer?.suspend();
      inner.suspend();
    },
    resume: async () => {
      await outer?.resume();
      await inner.resume();
    },
  };
}

function messageOf(call: IsolatedCall<Frame>, number: number): CallMessage {
  const { definition, args, frame } = call;
  if (definition.location?.isModule !== true) {
    throw new ConfigurationError(
      `Task '${definition.name}' can't be isolated: the file of its definition is unknown. Define it in a module file.`,
    );
  }
  return {
    type: 'call',
    call: number,
    file: definition.location.file,
    callers: definition.location.callers,
    taskName: definition.name,
    args: transferable(call, args),
    taskRun: viewOf(frame.run),
    flowRun: frame.flow === null ? null : viewOf(frame.flow.run),
    parameters: parametersText(frame),
    tags: frame.tags,
    logPrints: frame.logPrints,
    logLevel: frame.runtime.logLevel,
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
