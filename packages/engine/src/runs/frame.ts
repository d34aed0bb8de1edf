/** The frame of the running code, in an AsyncLocalStorage: the run, the scope and the transaction that its calls belong to. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { sharedByCopies } from '@millrace/kernel';
import type { Frame } from './model.ts';

/** A function that is called beside the body of a run: its log lines belong to that run, the runs it starts to the code around. */
export interface Beside {
  readonly said: Frame;
  readonly around: Frame | undefined;
}

const storage = sharedByCopies('frame', () => new AsyncLocalStorage<Frame | Beside | undefined>());

/** The frame that a call in this code belongs to. */
export function currentFrame(): Frame | undefined {
  const store = storage.getStore();
  return store !== undefined && 'said' in store ? store.around : store;
}

/** The frame that log lines and `context()` belong to: in a hook, that of the hook's run. */
export function speakingFrame(): Frame | undefined {
  const store = storage.getStore();
  return store !== undefined && 'said' in store ? store.said : store;
}

export function runBeside<T>(beside: Beside, body: () => T): T {
  return storage.run(beside, body);
}

/** Runs code as part of a frame: its calls belong to the run and the scope of the frame. */
export function runInFrame<T>(frame: Frame, body: () => T): T {
  return storage.run(frame, body);
}

/** Runs code outside any frame. */
export function outsideFrames<T>(body: () => T): T {
  return storage.run(undefined, body);
}

/** A copy of a frame with some fields replaced. */
export function frameWithin(outer: Frame, given: Partial<Frame>): Frame {
  const { runtime, run, scope, flow, childScope, calls, tags, logPrints, transaction, permit, baseThread = '' } = outer;
  return { runtime, run, scope, flow, childScope, calls, tags, logPrints, transaction, permit, baseThread, ...given };
}
