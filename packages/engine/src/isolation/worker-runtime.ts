/**
 * The runtime of one isolated body, in the worker: each verb is a message to the host, which is the process that called the body.
 *
 * Runs in the worker are proxies: the host's messages settle them. The worker records nothing.
 */
import {
  decodeValue,
  encodeValue,
  decodeThrown,
  type Ledger,
  NotTransferable,
  RunCancelled,
  encodeThrown,
} from '@millrace/kernel';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { Definition, TaskDefinition } from '../definitions/definition.ts';
import type { RunView } from '../definitions/run-context.ts';
import { check } from '../waits/signal.ts';
import { waitDefinition } from '../definitions/wait-definition.ts';
import { currentFrame, runInFrame } from '../runs/frame.ts';
import type { Frame, Run, Runtime } from '../runs/model.ts';
import type { BlockCall, Machine, RequestCall, StartOptions, WaitCall } from '../runs/runtime.ts';
import { createRun } from '../runs/run.ts';
import { RuntimeParts } from '../runs/runtime-parts.ts';
import { rememberRun } from '../runs/run-of.ts';
import { awaitBody, enterBody, threadHere } from '../runs/thread.ts';
import { calleeOf } from './callee.ts';
import { Closures } from './closures.ts';
import { crossed } from './crossing.ts';
import { ledgerOver } from './ledger-calls.ts';
import { ProxyScope } from './proxy-scope.ts';
import { refuseOutermost } from './refusals.ts';
import type { BodyMessage, BlockName, CrossedEnd, HostMessage, WaitName } from './wire.ts';

export interface WorkerRuntimeOptions extends Omit<Machine, 'print'> {
  readonly logLevel: number;
  readonly send: (message: BodyMessage) => void;
}

/** A call, ordered by the host, of the body of a task that the isolated body made. */
export interface ClosureCall {
  readonly definition: TaskDefinition;
  readonly scope: ProxyScope;
  readonly taskRun: RunView;
  readonly tags: readonly string[];
  readonly logPrints: boolean;
  readonly args: readonly unknown[];
}

interface OpenBlock {
  readonly frame: Frame;
  readonly block: BlockCall<unknown>;
  ended: { readonly value: unknown } | { readonly error: unknown } | null;
  readonly answer: (message: Extract<HostMessage, { readonly kind: 'answered' }>) => void;
}

interface OpenWait {
  readonly resumed: () => void;
  readonly refused: (error: unknown) => void;
}

export class WorkerRuntime extends RuntimeParts implements Runtime {
  readonly engine = null;
  readonly halted = false;
  readonly closed = false;
  readonly opened: Ledger;
  readonly #send: (message: BodyMessage) => void;
  readonly #runs: Run[] = [];
  readonly #numbers = new Map<Run, number>();
  readonly #closures = new Closures();
  readonly #questions = new Map<number, (message: Extract<HostMessage, { readonly kind: 'answered' }>) => void>();
  readonly #blocks = new Map<number, OpenBlock>();
  readonly #waits = new Map<number, OpenWait>();
  /** Runs of closures by their frame, to which aborts are addressed. */
  readonly #frames = new Map<number, Run>();
  readonly #failures = new WeakMap<object, number>();
  #count = 0;
  /** Calls the body of a task that the isolated body made. */
  callClosure: ((call: ClosureCall) => { readonly run: Run; readonly value: Promise<unknown> }) | null = null;

  constructor(options: WorkerRuntimeOptions) {
    // Lines go to the host by `log`.
    super({ ...options, print: () => {} });
    this.#send = options.send;
    this.opened = ledgerOver((group, method, args) => {
      const frame = currentFrame();
      if (frame === undefined) throw new RunCancelled({ reason: 'the run that this call belongs to has ended' });
      return this.call(frame, { group, method }, args);
    });
  }

  async ledger(): Promise<Ledger> {
    return this.opened;
  }

  start(definition: Definition, args: readonly unknown[], options: StartOptions = {}): Run {
    const caller = currentFrame();
    if (caller === undefined || options.outermost === true) throw refuseOutermost(definition.name);
    const run = createRun(this, definition, { caller, args, id: this.ids() });
    this.#begin([run], { ...options, isMap: false });
    return run;
  }

  startAll(runs: readonly Run[], options: StartOptions): void {
    this.#begin(runs, { ...options, isMap: true });
  }

  cancel(run: Run, reason: string): void {
    const number = this.#numbers.get(run);
    if (run.settlement === 'pending' && number !== undefined) this.#send({ kind: 'cancel', run: number, reason });
  }

  startFailed(run: Run, error: unknown): void {
    if (this.#joined(run)) run.settle('failed', error);
  }

  async serve(flowNames: readonly string[]): Promise<void> {
    throw refuseOutermost(flowNames.join(', '));
  }

  startWait(frame: Frame, { name, args }: WaitCall<Run>): Run {
    const run = createRun(this, waitDefinition(name), { caller: frame, args: [], id: this.ids() });
    frame.scope.join(run);
    const given = args.map((arg) => this.#closures.withSchemas(arg));
    this.#send({
      kind: 'start-wait',
      frame: frameNumber(frame),
      tags: frame.tags,
      run: this.#numbered(run),
      name: name as WaitName,
      args: this.#crossed(given, frame, name),
      thread: threadHere(frame),
    });
    return run;
  }

  async wait(frame: Frame, runs: readonly Run[], until: () => Promise<void>): Promise<void> {
    const known = runs.flatMap((run) => this.#numbers.get(run) ?? []);
    const wait = this.#next();
    const resumed = new Promise<void>((resolve, reject) => {
      this.#waits.set(wait, { resumed: resolve, refused: reject });
    });
    this.#send({ kind: 'wait', frame: frameNumber(frame), wait, runs: known });
    await Promise.race([until(), resumed]);
    this.#send({ kind: 'woke', wait });
    await resumed;
  }

  async block<T>(frame: Frame, block: BlockCall<T>): Promise<Awaited<T>> {
    const question = this.#next();
    const { promise, resolve } = Promise.withResolvers<Extract<HostMessage, { readonly kind: 'answered' }>>();
    // The body of the block is called by a message handler, so its thread is taken from here.
    const baseThread = threadHere(frame);
    const open: OpenBlock = { frame: { ...frame, baseThread }, block, ended: null, answer: resolve };
    this.#blocks.set(question, open);
    this.#questions.set(question, resolve);
    const { name, args } = block;
    this.#send({
      kind: 'block',
      frame: frameNumber(frame),
      tags: frame.tags,
      question,
      name: name as BlockName,
      args: this.#crossed(args, frame, `${name}()`),
    });
    const answered = await promise;
    this.#blocks.delete(question);
    const ended = open.ended;
    if ('error' in answered.end) {
      if (answered.own && ended !== null && 'error' in ended) throw ended.error;
      throw this.#errorOf(answered.end);
    }
    return (ended !== null && 'value' in ended ? ended.value : this.valueIn(answered.end)) as Awaited<T>;
  }

  async request<T>(frame: Frame, { name, args }: RequestCall<T>): Promise<T> {
    const [group = '', method = ''] = name.split('.');
    return (await this.call(frame, { group, method }, args)) as T;
  }

  /** A request to the host: see ledger-calls.ts. */
  async call(
    frame: Frame,
    { group, method }: { readonly group: string; readonly method: string },
    args: readonly unknown[],
  ): Promise<unknown> {
    const question = this.#next();
    const answer = new Promise<Extract<HostMessage, { readonly kind: 'answered' }>>((resolve) =>
      this.#questions.set(question, resolve),
    );
    const text = this.#crossed(args, frame, `${group}.${method}()`);
    this.#send({ kind: 'call', frame: frameNumber(frame), question, group, method, args: text });
    return this.valueIn((await answer).end);
  }

  log(frame: Frame, line: { readonly level: number; readonly text: string; readonly print: boolean }): void {
    if (frame.scope instanceof ProxyScope && !frame.scope.hasEnded)
      this.#send({ kind: 'log', frame: frame.scope.frame, level: line.level, text: line.text, print: line.print });
  }

  /** @throws the error of an unobserved call that could not cross, because the host does not know its run (law 7) */
  throwRefused({ scope }: Frame): void {
    for (const run of scope.unobserved) if (!this.#numbers.has(run)) throw run.value;
  }

  /** @throws NotTransferable naming the part of the value that can't cross */
  ending(value: unknown, frame: Frame): CrossedEnd {
    return { value: value === undefined ? null : this.#crossed(value, frame, 'result') };
  }

  failure(error: unknown): CrossedEnd {
    const run = typeof error === 'object' && error !== null ? this.#failures.get(error) : undefined;
    return { error: encodeThrown(error), run: run ?? null };
  }

  valueIn(end: CrossedEnd): unknown {
    if ('error' in end) throw this.#errorOf(end);
    return end.value === null ? undefined : decodeValue(end.value);
  }

  /** Handles a message of the host. */
  handle(message: HostMessage): void {
    switch (message.kind) {
      case 'settled':
        this.#settled(message);
        break;
      case 'resumed': {
        const wait = this.#waits.get(message.wait);
        this.#waits.delete(message.wait);
        if (message.error === null) wait?.resumed();
        else wait?.refused(decodeThrown(message.error));
        break;
      }
      case 'enter':
        void this.#enterBlock(message.frame, message.question);
        break;
      case 'enter-closure':
        void this.#enterClosure(message);
        break;
      case 'abort':
        this.#frames.get(message.frame)?.abort(decodeThrown(message.reason));
        break;
      case 'answered':
        this.#questions.get(message.question)?.(message);
        this.#questions.delete(message.question);
        break;
    }
  }

  #begin(called: readonly Run[], options: StartOptions & { readonly isMap: boolean }): void {
    const runs = called.filter((run) => this.#joined(run));
    const [first] = runs;
    const caller = first?.caller;
    if (first === undefined || caller == null) return;
    const { definition } = first;
    try {
      const callee = calleeOf(definition, (task) => this.#closures.numberOf({ kind: 'task', definition: task }));
      const names = definition.parameterNames;
      const crossing = runs.map((run) => ({
        id: run.id,
        args: this.#crossedArguments(run.args ?? [], definition.name, names),
      }));
      const waitFor = this.#crossed(options.waitFor ?? [], caller, 'waitFor');
      this.#send({
        kind: 'start',
        frame: frameNumber(caller),
        tags: caller.tags,
        callee,
        runs: crossing.map((call, index) => ({ run: this.#numbered(runs[index] as Run), ...call })),
        isMap: options.isMap,
        thread: first.at?.thread ?? threadHere(caller),
        waitFor,
        recordKind: options.recordKind ?? null,
      });
    } catch (error) {
      for (const run of runs) run.settle('failed', error);
    }
  }

  #joined(run: Run): boolean {
    try {
      run.caller?.scope.join(run);
      run.tree.unsettled += 1;
      return true;
    } catch (error) {
      run.tree.unsettled += 1;
      run.settle('failed', rememberRun(error, run));
      return false;
    }
  }

  #settled({ run: number, view, state, end }: Extract<HostMessage, { readonly kind: 'settled' }>): void {
    const run = this.#runs[number];
    if (run === undefined || run.settlement !== 'pending') return;
    run.show(view);
    run.showState(state);
    if (!('error' in end)) {
      run.settle('completed', this.valueIn(end));
      return;
    }
    const error = this.#errorOf(end);
    if (typeof error === 'object' && error !== null && !this.#failures.has(error)) this.#failures.set(error, number);
    run.settle('failed', error);
  }

  async #enterBlock(frame: number, question: number): Promise<void> {
    const open = this.#blocks.get(question);
    if (open === undefined) return;
    const { block, frame: outer } = open;
    const inner: Frame = { ...outer, scope: new ProxyScope(frame, (run) => this.observed(run)) };
    const sendToHandle = (method: string, args: readonly unknown[]): void =>
      this.#send({ kind: 'handle', question, method, args: this.#crossed(args, outer, `${block.name}()`) });
    let end: CrossedEnd;
    try {
      const value = await runInFrame(inner, () => awaitBody(enterBody(async () => await block.body(sendToHandle))));
      this.throwRefused(inner);
      end = block.isRecorded === true ? this.ending(value, outer) : { value: null };
      open.ended = { value };
    } catch (error) {
      open.ended = { error };
      end = this.failure(error);
    }
    this.#send({ kind: 'left', frame, end });
  }

  async #enterClosure(message: Extract<HostMessage, { readonly kind: 'enter-closure' }>): Promise<void> {
    const { frame, tags, logPrints, taskRun } = message;
    const args = decodeValue(message.args) as readonly unknown[];
    const closure = this.#closures.get(message.closure);
    let end: CrossedEnd;
    try {
      if (closure?.kind === 'schema') end = { value: encodeValue(await verdict(closure.schema, args[0]), 'input') };
      else if (closure !== undefined && taskRun !== null && this.callClosure !== null) {
        const scope = new ProxyScope(frame, (run) => this.observed(run));
        const { definition } = closure;
        const { run, value } = this.callClosure({ definition, scope, taskRun, tags, logPrints, args });
        this.#frames.set(frame, run);
        end = { value: encodeValue(await value, 'result') };
      } else return;
    } catch (error) {
      end = this.failure(error);
    }
    this.#frames.delete(frame);
    this.#send({ kind: 'left', frame, end });
  }

  observed(run: Run): void {
    const number = this.#numbers.get(run);
    if (number !== undefined) this.#send({ kind: 'observe', run: number });
  }

  #crossedArguments(args: readonly unknown[], owner: string, names: readonly string[]): string {
    const numberOf = (run: Run): number => this.#numberOf(run);
    // First one by one, so that the error names the parameter.
    for (const [index, value] of args.entries())
      crossed(value, { owner, path: names[index] ?? `arg${index}`, numberOf });
    return crossed([...args], { owner, path: 'arguments', numberOf });
  }

  #crossed(value: unknown, frame: Frame, path: string): string {
    return crossed(value, { owner: frame.run.definition.name, path, numberOf: (run) => this.#numberOf(run) });
  }

  #numbered(run: Run): number {
    const number = this.#runs.push(run) - 1;
    this.#numbers.set(run, number);
    return number;
  }

  #numberOf(run: Run): number {
    const number = this.#numbers.get(run);
    if (number !== undefined) return number;
    if (run.settlement === 'failed') throw run.value;
    throw new NotTransferable({ taskName: run.name, path: 'a future', problem: 'it belongs to another body' });
  }

  #errorOf(end: Extract<CrossedEnd, { readonly error: unknown }>): unknown {
    const run = end.run === null ? undefined : this.#runs[end.run];
    return run?.settlement === 'failed' ? run.value : decodeThrown(end.error);
  }

  #next(): number {
    this.#count += 1;
    return this.#count;
  }
}

/** @throws RunCancelled if the body of the frame has ended, because its remaining code must not make requests */
function frameNumber({ scope }: Frame): number {
  if (!(scope instanceof ProxyScope) || scope.hasEnded)
    throw new RunCancelled({ reason: 'the run that this call belongs to has ended' });
  return scope.frame;
}

async function verdict(schema: StandardSchemaV1, value: unknown): Promise<unknown> {
  const checked = await check(schema, value);
  return checked.ok ? { value: checked.value } : { issues: [{ message: checked.message }] };
}
