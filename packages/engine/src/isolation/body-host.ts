/**
 * The host's side of one isolated body: runs the requests of the body in the scope of its task run, as if the body had called it
 * there, and reports the results to the worker.
 *
 * Runs, futures, keys, permits and cancellation belong to the engine as usual: the worker holds proxies only.
 */
import {
  decodeThrown,
  decodeValue,
  encodeValue,
  NotSerializable,
  NotTransferable,
  RunCancelled,
  encodeThrown,
} from '@millrace/kernel';
import { viewOf } from '../runs/run-view.ts';
import { writeLine } from '../context/logger.ts';
import type { TaskDefinition } from '../definitions/definition.ts';
import { waitInFrame } from '../runs/waiting.ts';
import { RunFuture } from '../futures/run-future.ts';
import { currentFrame, frameWithin, runInFrame } from '../runs/frame.ts';
import type { Frame, Run } from '../runs/model.ts';
import { createRun } from '../runs/run.ts';
import { runBlock, type BlockHandle } from './blocks.ts';
import { callLedger } from './ledger-calls.ts';
import { arrived } from './crossing.ts';
import { definitionOf } from './callee.ts';
import { startNamedWait } from './waits.ts';
import { type BodyMessage, BODY_FRAME, type CrossedEnd, type HostMessage } from './wire.ts';

type Of<TKind extends BodyMessage['kind']> = Extract<BodyMessage, { readonly kind: TKind }>;

interface Entered {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Runs the requests of one isolated body in the scope of its task run, and reports their results. */
export class BodyHost {
  readonly #post: (message: HostMessage) => void;
  readonly #frames = new Map<number, Frame>();
  readonly #runs = new Map<number, Run>();
  /** Ends the open waits of the body, by number. */
  readonly #waits = new Map<number, () => void>();
  readonly #blocks = new Map<number, BlockHandle>();
  readonly #entered = new Map<number, Entered>();
  /** Errors that bodies of blocks threw here, to recognize them later. */
  readonly #thrown = new WeakSet<object>();
  /** The runs of errors: an error that crosses back becomes the same object again. */
  readonly #failures = new WeakMap<object, number>();
  /** Unsettled runs whose bodies are in the worker. */
  readonly #inWorker = new Set<Run>();
  #frameCount = BODY_FRAME + 1;
  #closed: Error | null = null;

  constructor(frame: Frame, post: (message: HostMessage) => void) {
    this.#post = post;
    this.#frames.set(BODY_FRAME, frame);
  }

  /** Whether a body that its run has abandoned still runs in the worker. */
  get hasStrays(): boolean {
    return this.#entered.size > 0;
  }

  /** Handles a request of the body. Never throws: failures are reported. */
  handle(message: BodyMessage): void {
    switch (message.kind) {
      case 'start':
        this.#start(message);
        break;
      case 'start-wait':
        this.#startWait(message);
        break;
      case 'cancel': {
        // A refused run is not in the map, and has ended.
        const run = this.#runs.get(message.run);
        run?.runtime.cancel(run, message.reason);
        break;
      }
      case 'observe':
        this.#runs.get(message.run)?.observe();
        break;
      case 'wait':
        void this.#wait(message);
        break;
      case 'woke':
        this.#waits.get(message.wait)?.();
        break;
      case 'block':
        void this.#block(message);
        break;
      case 'handle':
        this.#blocks.get(message.question)?.[message.method]?.(...(decodeValue(message.args) as unknown[]));
        break;
      case 'left':
        this.#left(message);
        break;
      case 'call':
        void this.#call(message);
        break;
      case 'log':
        writeLine(this.#frame(message), message);
        break;
    }
  }

  /** The value of the body. @throws the error of the body: the same object, if it was the error of a run */
  valueIn(end: CrossedEnd): unknown {
    if ('error' in end) throw this.#errorOf(end);
    return end.value === null ? undefined : arrived(end.value, (number) => this.#run(number));
  }

  /** Resolves when no unsettled run has its body in the worker. */
  async idle(): Promise<void> {
    for (const run of this.#inWorker) await run.settled();
  }

  /** The body has ended: nothing more is sent, and its remaining code in the worker is not waited for. */
  close(why: Error): void {
    this.#closed = why;
    for (const { reject } of this.#entered.values()) reject(why);
    for (const wake of this.#waits.values()) wake();
  }

  #start(message: Of<'start'>): void {
    const caller = this.#frame(message);
    try {
      const definition = definitionOf(message.callee, (closure) => this.#bodyOf(closure));
      const runs = message.runs.map(({ run: number, id, args }) => {
        const given = arrived(args, (known) => this.#run(known)) as readonly unknown[];
        const run = createRun(caller.runtime, definition, { caller, args: given, id });
        run.locate({ thread: message.thread });
        this.#runs.set(number, run);
        if (message.callee.kind === 'closure') this.#keepUntilSettled(run);
        return run;
      });
      const waitFor = arrived(message.waitFor, (known) => this.#run(known)) as readonly unknown[];
      const options = { waitFor, ...(message.recordKind === null ? {} : { recordKind: message.recordKind }) };
      runInFrame(caller, () => {
        if (message.isMap) caller.runtime.startAll(runs, options);
        else for (const run of runs) run.engine.begin(run, options);
      });
      for (const { run } of message.runs) this.#reportSettled(run);
    } catch (error) {
      for (const { run } of message.runs) this.#refuse(run, error, message.callee.name);
    }
  }

  #startWait(message: Of<'start-wait'>): void {
    try {
      const future = runInFrame(frameWithin(this.#frame(message), { fixedThread: message.thread }), () =>
        startNamedWait(message.name, decodeValue(message.args) as unknown[], (closure, value) =>
          this.#invoke({ closure, args: [value], frame: this.#frame({ frame: BODY_FRAME }), isRun: false }),
        ),
      );
      this.#runs.set(message.run, RunFuture.runOf(future));
      this.#reportSettled(message.run);
    } catch (error) {
      this.#refuse(message.run, error, message.name);
    }
  }

  async #wait({ frame, runs, wait }: Of<'wait'>): Promise<void> {
    let error: unknown = null;
    try {
      const pending = runs.map((number) => this.#run(number)).filter((run) => run.settlement === 'pending');
      const woken = new Promise<void>((resolve) => this.#waits.set(wait, resolve));
      await waitInFrame(this.#frame({ frame }), pending, () => woken);
    } catch (reason) {
      error = reason;
    }
    this.#waits.delete(wait);
    this.#send({ kind: 'resumed', wait, error: error === null ? null : encodeThrown(error) });
  }

  async #block(message: Of<'block'>): Promise<void> {
    const { question, name } = message;
    let own = false;
    let end: CrossedEnd;
    try {
      const args = decodeValue(message.args) as unknown[];
      const value = await runInFrame(this.#frame(message), () =>
        runBlock(name, args, async (handle) => {
          this.#blocks.set(question, handle);
          return await this.#enter((frame) => ({ kind: 'enter', frame, question }));
        }),
      );
      end = this.#endOf(value, name);
    } catch (error) {
      own = typeof error === 'object' && error !== null && this.#thrown.has(error);
      end = this.#failureOf(error);
    }
    this.#blocks.delete(question);
    this.#send({ kind: 'answered', question, end, own });
  }

  async #call(message: Of<'call'>): Promise<void> {
    let end: CrossedEnd;
    try {
      const frame = this.#frame(message);
      const value = await runInFrame(frame, () => callLedger(frame, message));
      end = this.#endOf(value, message.method);
    } catch (error) {
      end = this.#failureOf(error);
    }
    this.#send({ kind: 'answered', question: message.question, end, own: false });
  }

  /** The function that the engine calls as the body of a task that the isolated body made. */
  #bodyOf(closure: number): TaskDefinition['body'] {
    return (...args: readonly unknown[]): Promise<unknown> => {
      const frame = currentFrame();
      if (frame === undefined) throw new Error('A body is called in its frame.');
      return this.#invoke({ closure, args, frame, isRun: true });
    };
  }

  async #invoke(about: {
    readonly closure: number;
    readonly args: readonly unknown[];
    readonly frame: Frame;
    readonly isRun: boolean;
  }): Promise<unknown> {
    const { closure, args, frame, isRun } = about;
    const { tags, logPrints, run } = frame;
    const text = encodeValue([...args], 'arguments');
    const taskRun = isRun ? viewOf(run) : null;
    let entered = BODY_FRAME;
    const listening = run.onAbort((reason) => {
      if (isRun) this.#send({ kind: 'abort', frame: entered, reason: encodeThrown(reason) });
    });
    try {
      return await runInFrame(frame, () =>
        this.#enter((number) => {
          entered = number;
          return { kind: 'enter-closure', frame: number, closure, args: text, taskRun, tags, logPrints };
        }),
      );
    } finally {
      listening.remove();
    }
  }

  /** Makes the worker run one of its own bodies as part of the present frame; resolves when the body has ended. */
  #enter(messageFor: (frame: number) => HostMessage): Promise<unknown> {
    const frame = currentFrame();
    const number = this.#frameCount;
    this.#frameCount += 1;
    return new Promise((resolve, reject) => {
      if (this.#closed !== null || frame === undefined) {
        reject(this.#closed ?? new Error('A body is called in its frame.'));
        return;
      }
      this.#frames.set(number, frame);
      this.#entered.set(number, { resolve, reject });
      this.#send(messageFor(number));
    });
  }

  #left({ frame, end }: Of<'left'>): void {
    const entered = this.#entered.get(frame);
    this.#entered.delete(frame);
    if (entered === undefined) return;
    try {
      entered.resolve(this.valueIn(end));
    } catch (error) {
      if (typeof error === 'object' && error !== null) this.#thrown.add(error);
      entered.reject(error);
    }
  }

  #keepUntilSettled(run: Run): void {
    this.#inWorker.add(run);
    run.onSettled(() => this.#inWorker.delete(run));
  }

  #reportSettled(number: number): void {
    const run = this.#run(number);
    run.onSettled(() => {
      const { value } = run;
      if (run.settlement === 'failed' && typeof value === 'object' && value !== null && !this.#failures.has(value))
        this.#failures.set(value, number);
      const end = run.settlement === 'failed' ? this.#failureOf(run.value) : this.#endOf(run.value, run.name);
      this.#send({ kind: 'settled', run: number, view: viewOf(run), state: run.state, end });
    });
  }

  /** A call that never became a run. */
  #refuse(number: number, error: unknown, name: string): void {
    const frame = this.#frame({ frame: BODY_FRAME });
    const view = { ...viewOf(frame.run), name, definitionName: name };
    this.#send({ kind: 'settled', run: number, view, state: frame.run.state, end: this.#failureOf(error) });
  }

  /** A value on its way to the worker; a value that can't cross becomes a failure that says so. */
  #endOf(value: unknown, name: string): CrossedEnd {
    try {
      return { value: value === undefined ? null : encodeValue(value, 'result') };
    } catch (error) {
      if (!(error instanceof NotSerializable)) return this.#failureOf(error);
      const path = String(error.details.path);
      const problem = String(error.details.problem);
      return this.#failureOf(new NotTransferable({ taskName: name, path, problem, cause: error }));
    }
  }

  #failureOf(error: unknown): CrossedEnd {
    const run = typeof error === 'object' && error !== null ? this.#failures.get(error) : undefined;
    return { error: encodeThrown(error), run: run ?? null };
  }

  #errorOf(end: Extract<CrossedEnd, { readonly error: unknown }>): unknown {
    const run = end.run === null ? undefined : this.#runs.get(end.run);
    return run?.settlement === 'failed' ? run.value : decodeThrown(end.error);
  }

  #run(number: number): Run {
    const run = this.#runs.get(number);
    if (run === undefined) throw new RunCancelled({ reason: 'the run that this future belongs to never began' });
    return run;
  }

  #frame({ frame: number, tags }: { readonly frame: number; readonly tags?: readonly string[] }): Frame {
    const frame = this.#frames.get(number);
    if (frame === undefined) throw new RunCancelled({ reason: 'the run that this call belongs to has ended' });
    return tags === undefined || isSameList(tags, frame.tags) ? frame : frameWithin(frame, { tags });
  }

  #send(message: HostMessage): void {
    if (this.#closed === null) this.#post(message);
  }
}

function isSameList(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((item, index) => item === other[index]);
}
