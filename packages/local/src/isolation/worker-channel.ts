/**
 * One isolated worker, thread or process, behind one interface: it receives messages, sends messages, and can be killed.
 */
import { fork } from 'node:child_process';
import { Worker } from 'node:worker_threads';
import { decodeThrown, thrownText } from '@millrace/kernel';
import { workerStart } from './bundled-worker.ts';
import type { FromWorker, ToWorker } from './messages.ts';

type ExitListener = (how: string, cause: unknown) => void;

export interface WorkerChannel {
  send(message: ToWorker): void;
  /** Sets the listener for messages; null = none. */
  listen(listener: ((message: FromWorker) => void) | null): void;
  /** Called once with the cause: an exit code, a signal, out of memory, or an uncaught error. */
  onExit(listener: ExitListener): { remove(): void };
  /** Ends it at once. */
  kill(): void;
  /** Whether it keeps the process alive. */
  reference(isHeld: boolean): void;
}

/** The listeners of a thread or process: one for messages at a time, and those for its exit. */
class Listeners {
  listener: ((message: FromWorker) => void) | null = null;
  readonly #onExit = new Set<ExitListener>();
  #uncaught: { readonly thrown: unknown } | null = null;

  receive(message: FromWorker): void {
    if (message.type === 'dying') this.uncaught(decodeThrown(message.error));
    else this.listener?.(message);
  }

  uncaught(thrown: unknown): void {
    this.#uncaught = { thrown };
  }

  exited(how: string): void {
    const cause = this.#uncaught?.thrown;
    const message = cause instanceof Error ? cause.message : thrownText(cause);
    const why = this.#uncaught === null ? how : `failed: ${message}`;
    for (const listener of [...this.#onExit]) listener(why, cause);
  }

  onExit(listener: ExitListener): { remove(): void } {
    this.#onExit.add(listener);
    return { remove: () => void this.#onExit.delete(listener) };
  }
}

const aborted = 'ran out of memory, or aborted (SIGABRT); its standard error has more';

/** Explains ends of a process that say little by themselves. Node aborts when its heap is full. */
const causes: ReadonlyMap<string | number, string> = new Map<string | number, string>([
  ['SIGABRT', aborted],
  [134, aborted],
  ['SIGKILL', 'was killed by SIGKILL: by a user, or by the system for want of memory'],
]);

export function openThread(): WorkerChannel {
  // No execArgv: a thread has the options of this process anyway, and refuses those of V8 (such as --max-old-space-size).
  const { program, mark } = workerStart();
  const worker = new Worker(program, { env: process.env, argv: process.argv.slice(2), workerData: mark });
  const listeners = new Listeners();
  let how: string | null = null;
  worker.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') how = 'ran out of memory';
    else listeners.uncaught(error);
  });
  worker.on('message', (message: FromWorker) => listeners.receive(message));
  worker.on('exit', (code) => listeners.exited(how ?? `exited with code ${code}`));
  return {
    send: (message) => worker.postMessage(message),
    listen: (listener) => {
      listeners.listener = listener;
    },
    onExit: (listener) => listeners.onExit(listener),
    kill: () => void worker.terminate(),
    reference: (isHeld) => (isHeld ? worker.ref() : worker.unref()),
  };
}

/** The Node options of this process without those of the debugger, whose port is taken: a child would wait for it for ever. */
function nodeOptions(): string[] {
  const { execArgv } = process;
  const kept = execArgv.filter((option) => !option.startsWith('--inspect'));
  // The same array if nothing is omitted, because `fork` then also omits a script that was given as text.
  return kept.length === execArgv.length ? execArgv : kept;
}

export function openProcess(): WorkerChannel {
  const { program, mark } = workerStart();
  const child = fork(program, process.argv.slice(2), {
    execArgv: nodeOptions(),
    env: { ...process.env, ...mark },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const listeners = new Listeners();
  child.on('message', (message) => listeners.receive(message as FromWorker));
  child.once('exit', (code, signal) =>
    listeners.exited(
      signal === null
        ? (causes.get(code ?? 0) ?? `exited with code ${code}`)
        : (causes.get(signal) ?? `was killed by ${signal}`),
    ),
  );
  child.on('error', (error) => {
    // A started child that could not be sent to, or killed, still emits its exit.
    if (child.pid === undefined) listeners.exited(`could not be started: ${error.message}`);
  });
  return {
    send: (message) => void child.send(message, () => {}),
    listen: (listener) => {
      listeners.listener = listener;
    },
    onExit: (listener) => listeners.onExit(listener),
    kill: () => void child.kill('SIGKILL'),
    reference: (isHeld) => {
      if (isHeld) {
        child.ref();
        child.channel?.ref();
      } else {
        child.unref();
        child.channel?.unref();
      }
    },
  };
}
