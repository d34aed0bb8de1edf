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
  if (frame.fixedThread !== undefined) return frame.fixedThread;
  const own = threadOf(FRAMES_FIRST) ?? threadOf(FRAMES_MAX) ?? UNKNOWN_THREAD;
  const { baseThread = '' } = frame;
  if (own === UNKNOWN_THREAD || baseThread === UNKNOWN_THREAD) return UNKNOWN_THREAD;
  return own === '' || baseThread === '' ? own + baseThread : `${own},${baseThread}`;
}

/** undefined = the stack has more frames than that. */
function threadOf(frameCount: number): string | undefined {
  const frames = framesHere(frameCount);
  const path: number[] = [];
  for (const frame of frames) {
    if (frame.getFunctionName() === BODY_NAME) return path.join(',');
    const index = frame.isAsync() ? combinatorIndex(frame) : undefined;
    if (index !== undefined) path.push(index);
  }
  return frames.length < frameCount ? UNKNOWN_THREAD : undefined;
}

function framesHere(frameCount: number): readonly NodeJS.CallSite[] {
  const { stackTraceLimit, prepareStackTrace } = Error;
  const holder: { stack?: unknown } = {};
  try {
    Error.stackTraceLimit = frameCount;
    Error.prepareStackTrace = (_error, frames) => frames;
    Error.captureStackTrace(holder, threadHere);
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
  if (frame.isPromiseAll()) return frame.getPromiseIndex() ?? undefined;
  const name = frame.getFunctionName();
  if (name !== 'allSettled' && name !== 'any') return undefined;
  const index = withIndex.exec(frame.toString())?.[1];
  return index === undefined ? undefined : Number(index);
}
