/**
 * The logical thread of a call within its body. It orders the call among equal calls (law 3).
 *
 * V8's async stack leads from the call through the awaiting functions, with `Promise.all` and its index, to the body. A call that reaches
 * the body without a combinator is on the main line; one through combinators is on the path of their indexes. If the stack ends before the
 * body (at a callback of a timer, an event or a queue, or a function that is not awaited yet), the thread is unknown. `Promise.race` is not
 * visible: its branches look like the main line. A look costs some microseconds, so it is skipped for calls with distinct arguments.
 */
import { UNKNOWN_THREAD } from '@millrace/kernel';
import type { Frame } from './model.ts';

/** Stack frames of bodies are found by this function name. It is set below, so that it survives bundling and minifying. */
const BODY_NAME = 'millrace body';

/** Frames read at first; a deeper stack is read again as a whole. */
const FRAMES_FIRST = 48;
const FRAMES_MAX = 2_000;

/** Calls a body so that its synchronous part is found on the stack. */
export function enterBody<T>(body: () => T): T {
  return body();
}

/** Awaits a body so that the async stack leads here. */
export async function awaitBody<T>(returned: PromiseLike<T>): Promise<T> {
  return await returned;
}

for (const marker of [enterBody, awaitBody]) Object.defineProperty(marker, 'name', { value: BODY_NAME });

/** The thread of the code that calls this, in its frame: '' = the main line. */
export function threadHere(frame: Frame): string {
  return frame.fixedThread ?? within(frame, threadOf(threadHere));
}

/**
 * The thread of the code that awaits the async function which calls this. Unknown if that code is a combinator: it may combine the calls
 * of the caller, or branches above the caller.
 */
export function threadOfAwaiter(frame: Frame): string {
  const frames = framesHere(FRAMES_MAX, threadOfAwaiter);
  const next = frames[1];
  const isCombined = next !== undefined && combinatorIndex(next) !== undefined;
  return isCombined ? UNKNOWN_THREAD : within(frame, pathOf(frames) ?? UNKNOWN_THREAD);
}

function within({ baseThread = '' }: Frame, own: string): string {
  if (own === UNKNOWN_THREAD || baseThread === UNKNOWN_THREAD) return UNKNOWN_THREAD;
  return own === '' || baseThread === '' ? own + baseThread : `${own},${baseThread}`;
}

type Caller = (frame: Frame) => string;

function threadOf(above: Caller): string {
  const frames = framesHere(FRAMES_FIRST, above);
  const path = pathOf(frames) ?? (frames.length < FRAMES_FIRST ? undefined : pathOf(framesHere(FRAMES_MAX, above)));
  return path ?? UNKNOWN_THREAD;
}

/** undefined = the frames don't reach the body. */
function pathOf(frames: readonly NodeJS.CallSite[]): string | undefined {
  const path: number[] = [];
  for (const frame of frames) {
    if (frame.getFunctionName() === BODY_NAME) return path.join(',');
    const index = combinatorIndex(frame);
    if (index !== undefined) path.push(index);
  }
  return undefined;
}

function framesHere(frameCount: number, above: Caller): readonly NodeJS.CallSite[] {
  const { stackTraceLimit, prepareStackTrace } = Error;
  const holder: { stack?: unknown } = {};
  try {
    Error.stackTraceLimit = frameCount;
    Error.prepareStackTrace = (_error, frames) => frames;
    Error.captureStackTrace(holder, above);
    return Array.isArray(holder.stack) ? (holder.stack as readonly NodeJS.CallSite[]) : [];
  } catch {
    // The program has frozen Error: the stack can't be read.
    return [];
  } finally {
    restore(stackTraceLimit, prepareStackTrace);
  }
}

function restore(limit: number, prepare: typeof Error.prepareStackTrace): void {
  try {
    Error.stackTraceLimit = limit;
    if (prepare === undefined) Reflect.deleteProperty(Error, 'prepareStackTrace');
    else Error.prepareStackTrace = prepare;
  } catch {
    // Frozen: nothing was set.
  }
}

const withIndex = /^async Promise\.\w+ \(index (\d+)\)$/;

/** Which of a combinator's promises this frame is; undefined = it is none. */
function combinatorIndex(frame: NodeJS.CallSite): number | undefined {
  if (!frame.isAsync()) return undefined;
  if (frame.isPromiseAll()) return frame.getPromiseIndex() ?? undefined;
  const name = frame.getFunctionName();
  if (name !== 'allSettled' && name !== 'any') return undefined;
  const index = withIndex.exec(frame.toString())?.[1];
  return index === undefined ? undefined : Number(index);
}
