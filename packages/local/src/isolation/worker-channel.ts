/**
 * One isolated worker, thread or process, behind one shape: it takes messages, gives messages, and can be killed.
 */
import { fork } from 'node:child_process';
import { Worker } from 'node:worker_threads';
import { decodeThrown, thrownText } from '@millrace/kernel';
import { workerStart } from './bundled-worker.ts';
import type { FromWorker, ToWorker } from './messages.ts';

type ExitListener = (how: string, cause: unknown) => void;

export interface WorkerChannel {
  send(message: ToWorker): void;
  /** Whom messages go to now; null = nobody. */
  listen(listener: ((message: FromWorker) => void) | null): void;
  /** Told once, with why: an exit code, a signal, out of memory, or an error that nobody caught. */
  onExit(listener: ExitListener): { remove(): void };
  /** At once, whatever it does. */
  kill(): void;
  /** Whether it holds the process alive. */
  reference(isHeld: boolean): void;
}

/** What threads and processes have in common: one listener at a time, and who waits for the exit. */
class Ears {
  listener: ((message: FromWorker) => void) | null = null;
  readonly #onExit = new Set<ExitListener>();
  #uncaught: { readonly thrown: unknown } | null = null;

  hear(message: FromWorker): void {
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

/** What the ends of a process mean that say little by themselves. Node aborts when its heap is full. */
const causes: ReadonlyMap<string | number, string> = new Map<string | number, string>([
  ['SIGABRT', aborted],
  [134, aborted],
  ['SIGKILL', 'was killed by SIGKILL: by somebody, or by the system for want of memory'],
]);

export function openThread(): WorkerChannel {
  // No execArgv: a thread has this process's options anyway, and refuses V8's (such as --max-old-space-size) when given them.
  const { program, mark } = workerStart();
  const worker = new Worker(program, { env: process.env, argv: process.argv.slice(2), workerData: mark });
  const ears = new Ears();
  let how: string | null = null;
  worker.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') how = 'ran out of memory';
    else ears.uncaught(error);
  });
  worker.on('message', (message: FromWorker) => ears.hear(message));
  worker.on('exit', (code) => ears.exited(how ?? `exited with code ${code}`));
  return {
    send: (message) => worker.postMessage(message),
    listen: (listener) => {
      ears.listener = listener;
    },
    onExit: (listener) => ears.onExit(listener),
    kill: () => void worker.terminate(),
    reference: (isHeld) => (isHeld ? worker.ref() : worker.unref()),
  };
}

/** This process's options for Node, but for the debugger's: its port is taken, and a child that waits for it waits for ever. */
function nodeOptions(): string[] {
  const { execArgv } = process;
  const kept = execArgv.filter((option) => !option.startsWith('--inspect'));
  // The list itself where nothing is left out: `fork` knows then to leave out a script that was given as text.
  return kept.length === execArgv.length ? execArgv : kept;
}

export function openProcess(): WorkerChannel {
  const { program, mark } = workerStart();
  const child = fork(program, process.argv.slice(2), {
    execArgv: nodeOptions(),
    env: { ...process.env, ...mark },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const ears = new Ears();
  child.on('message', (message) => ears.hear(message as FromWorker));
  child.once('exit', (code, signal) =>
    ears.exited(
      signal === null
        ? (causes.get(code ?? 0) ?? `exited with code ${code}`)
        : (causes.get(signal) ?? `was killed by ${signal}`),
    ),
  );
  child.on('error', (error) => {
    // One that has begun and could not be sent to, or killed, tells of its end by itself.
    if (child.pid === undefined) ears.exited(`could not be started: ${error.message}`);
  });
  return {
    send: (message) => void child.send(message, () => {}),
    listen: (listener) => {
      ears.listener = listener;
    },
    onExit: (listener) => ears.onExit(listener),
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
