/**
 * `.map`: one run per element. Bad arguments are refused before any run is recorded.
 */
import type { CallPosition, Frame, Run, Runtime } from '../runs/model.ts';
import type { StartOptions } from '../runs/runtime.ts';
import { MapEndlessIterable, MapLengthError, MapMissingIterable, failed } from '@millrace/kernel';
import type { Definition } from '../definitions/definition.ts';
import { currentRuntime } from '../runs/default-runtime.ts';
import { currentFrame } from '../runs/frame.ts';
import { positionOfMap } from '../runs/call-position.ts';
import { createRun } from '../runs/run.ts';
import { messageOf } from '../runs/values.ts';
import { AllowFailure, Unmapped } from '../definitions/annotations.ts';
import { RunFuture } from './run-future.ts';
import { type Expansion, RunFutureList } from './run-future-list.ts';
import { waitForAll } from '../runs/waiting.ts';
import { upstreamError } from '../runs/upstream-error.ts';

type Column =
  | { readonly kind: 'mapped'; readonly items: readonly unknown[] }
  | { readonly kind: 'whole'; readonly value: unknown };

/** Iterators of unknown length may give at most this many elements, because each becomes a run and some iterators never end. */
const UNSIZED_LENGTH_MAX = 1_000_000;

/**
 * @throws MapLengthError when iterables differ in length; MapMissingIterable when there is none; MapEndlessIterable when one gives too many elements
 */
export function mapRuns<T>(definition: Definition, args: readonly unknown[], options: StartOptions): RunFutureList<T> {
  const runtime = currentRuntime();
  const frame = currentFrame();
  const pending = args.flatMap((arg) => pendingIn(arg) ?? []);
  // Looked at here, because its runs may start from another point of the body.
  const at = frame === undefined ? null : positionOfMap(frame, definition);
  const call: MapCall = { runtime, definition, frame, options, at };
  if (pending.length === 0) return new RunFutureList<T>(start(call, args));
  return new RunFutureList<T>(expanded(call, { args, pending }));
}

/** The runs that have to end before the elements of this argument are known; null = they are known. */
function pendingIn(arg: unknown): Expansion | null {
  const list = arg instanceof AllowFailure ? arg.future : arg;
  if (list instanceof RunFutureList) return RunFutureList.pendingOf(list);
  if (!(arg instanceof RunFuture)) return null;
  const run = RunFuture.runOf(arg);
  return run.settlement === 'pending' ? { upstreams: [run], runs: none } : null;
}

const none: Promise<readonly Run[]> = Promise.resolve([]);

/**
 * Starts the runs once their number is known. The scope waits for that even if the map is never awaited; if the map can't be made,
 * the scope gets one failed run.
 */
function expanded(
  call: MapCall,
  { args, pending }: { readonly args: readonly unknown[]; readonly pending: readonly Expansion[] },
): Expansion {
  const release = call.frame?.scope.hold();
  const upstreams = pending.flatMap((expansion) => expansion.upstreams);
  const runs = waitForAll(upstreams, { frame: undefined, stopAtFailure: true })
    // A map that could not be made is one failed run.
    .then(() => Promise.all(pending.map((expansion) => expansion.runs)))
    .then(() => startOrFail(call, args))
    .finally(() => release?.());
  return { upstreams, runs };
}

function startOrFail(call: MapCall, args: readonly unknown[]): readonly Run[] {
  try {
    return start(call, args);
  } catch (error) {
    const { runtime, definition, frame } = call;
    const run = createRun(runtime, definition, { caller: frame ?? null, args: [] });
    run.showState(failed(runtime.clock.now(), { message: messageOf(error) }));
    runtime.startFailed(run, error);
    return [run];
  }
}

interface MapCall {
  readonly runtime: Runtime;
  readonly definition: Definition;
  readonly frame: Frame | undefined;
  readonly options: StartOptions;
  readonly at: CallPosition | null;
}

function start({ runtime, definition, frame, options, at }: MapCall, args: readonly unknown[]): readonly Run[] {
  const columns = args.map((arg, index) => columnOf(arg, { definition, index }));
  const count = lengthOf(definition, columns, args.length);
  const runs: Run[] = [];
  for (let index = 0; index < count; index += 1) {
    const element = columns.map((column) => (column.kind === 'mapped' ? column.items[index] : column.value));
    const run = createRun(runtime, definition, { caller: frame ?? null, args: element });
    if (at !== null) run.locate(at);
    runs.push(run);
  }
  runtime.startAll(runs, options);
  return runs;
}

function columnOf(arg: unknown, about: Argument): Column {
  if (arg instanceof Unmapped) return { kind: 'whole', value: arg.value };
  if (arg instanceof RunFutureList) return { kind: 'mapped', items: [...arg] };
  if (arg instanceof AllowFailure) {
    const { future } = arg;
    if (!(future instanceof RunFutureList)) return { kind: 'whole', value: arg };
    return { kind: 'mapped', items: [...future].map((element) => new AllowFailure(element)) };
  }
  if (arg instanceof RunFuture) {
    const run = RunFuture.runOf(arg);
    // Observing the failure of the map observes this one too.
    if (run.settlement === 'failed') throw upstreamError(run);
    run.observe();
    return elementsOrWhole(run.value, about);
  }
  return elementsOrWhole(arg, about);
}

interface Argument {
  readonly definition: Definition;
  readonly index: number;
}

function elementsOrWhole(value: unknown, about: Argument): Column {
  return isMappable(value) ? { kind: 'mapped', items: elementsOf(value, about) } : { kind: 'whole', value };
}

/** Anything iterable but strings and bytes, which are values (Prefect's rule). A Map is iterated over its entries. */
function isMappable(value: unknown): value is Iterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.iterator in value && !isBytes(value);
}

/** Compared by tag, which also covers Buffers and arrays of other realms. */
function isBytes(value: object): boolean {
  return Object.prototype.toString.call(value) === '[object Uint8Array]';
}

function elementsOf(iterable: Iterable<unknown>, { definition, index }: Argument): readonly unknown[] {
  if (isSized(iterable)) return [...iterable];
  const items: unknown[] = [];
  for (const item of iterable) {
    if (items.push(item) <= UNSIZED_LENGTH_MAX) continue;
    const parameter = definition.parameterNames[index] ?? `arg${index}`;
    throw new MapEndlessIterable({ taskName: definition.name, parameter, lengthMax: UNSIZED_LENGTH_MAX });
  }
  return items;
}

/** Whether its length is known before it is read, which means that it ends. */
function isSized(iterable: Iterable<unknown>): boolean {
  return Array.isArray(iterable) || iterable instanceof Set || iterable instanceof Map || ArrayBuffer.isView(iterable);
}

function lengthOf(definition: Definition, columns: readonly Column[], argumentCount: number): number {
  const lengths = new Map<string, number>();
  for (const [index, column] of columns.entries()) {
    if (column.kind === 'mapped') lengths.set(definition.parameterNames[index] ?? `arg${index}`, column.items.length);
  }
  const [first] = lengths.values();
  if (first === undefined) {
    throw new MapMissingIterable({ taskName: definition.name, argumentCount });
  }
  for (const length of lengths.values()) {
    if (length !== first) throw new MapLengthError({ taskName: definition.name, lengths: Object.fromEntries(lengths) });
  }
  return first;
}
