/**
 * The frame of the code that runs now: it travels in an AsyncLocalStorage, so that a call finds its run, its scope and its
 * transaction without being handed them.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { sharedByCopies } from '@millrace/kernel';
import type { Frame } from './model.ts';

/** A function of a run that is called beside its body: what it says is that run's, what it starts belongs to the code around. */
export interface Beside {
  readonly said: Frame;
  readonly around: Frame | undefined;
}

const storage = sharedByCopies('frame', () => new AsyncLocalStorage<Frame | Beside | undefined>());

/** What a call here belongs to. */
export function currentFrame(): Frame | undefined {
  const store = storage.getStore();
  return store !== undefined && 'said' in store ? store.around : store;
}

/** What a line of log here, and `context()`, belong to: in a hook the run that it is a hook of. */
export function speakingFrame(): Frame | undefined {
  const store = storage.getStore();
  return store !== undefined && 'said' in store ? store.said : store;
}

export function runBeside<T>(beside: Beside, body: () => T): T {
  return storage.run(beside, body);
}

/** Runs code as part of a frame: what it calls belongs to the frame's run and scope. */
export function runInFrame<T>(frame: Frame, body: () => T): T {
  return storage.run(frame, body);
}

/** Runs code as part of none. */
export function outsideFrames<T>(body: () => T): T {
  return storage.run(undefined, body);
}

/** A frame within another one: as that, but for what is given. */
export function frameWithin(outer: Frame, given: Partial<Frame>): Frame {
  const { runtime, run, scope, flow, childScope, calls, tags, logPrints, transaction, place, baseThread = '' } = outer;
  return { runtime, run, scope, flow, childScope, calls, tags, logPrints, transaction, place, baseThread, ...given };
}
