/**
 * On which logical thread of its body a call is made: what orders it among equal calls (law 3).
 *
 * V8's async stack tells: it goes from the call through what awaits it, with `Promise.all` and its index, up to the body. A call
 * that reaches the body without a combinator is on the main line; one through combinators is on the path of their indexes; where
 * the stack ends before the body (a timer's callback, an event's, a queue's, a helper that is not awaited yet) it is unknown.
 * `Promise.race` can't be seen: its branches look like the main line. It costs some microseconds, so calls that their
 * arguments tell apart don't ask.
 */
import { UNKNOWN_THREAD } from '@millrace/kernel';
import type { Frame } from './model.ts';

/** A function's frame is found by its name: set here, so that it survives bundling and minifying. */
const BODY_NAME = 'millrace body';

/** Frames of one look; a deeper stack is looked at again as a whole. */
const FRAMES_FIRST = 48;
const FRAMES_MAX = 2_000;

/** Calls a body so that its synchronous part is found on the stack. */
export function enterBody<T>(body: () => T): T {
  return body();
}

/** Awaits a body so that what it awaits leads here. */
export async function awaitBody<T>(returned: PromiseLike<T>): Promise<T> {
  return await returned;
}

for (const marker of [enterBody, awaitBody]) Object.defineProperty(marker, 'name', { value: BODY_NAME });

/** The thread of the code that calls this, in its frame: '' = the main line. */
export function threadHere(frame: Frame): string {
  return frame.fixedThread ?? within(frame, threadOf(threadHere));
}

/**
 * The thread of what awaits the async function that calls this. Unknown where that is a combinator: it may be the caller's own, over its
 * calls, or one above the caller, over its branches.
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
    // A program that has frozen Error: nothing can be told.
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
