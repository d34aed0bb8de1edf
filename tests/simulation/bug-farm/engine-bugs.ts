/** Faults of the engine itself, planted in its classes and taken out again. */
import { Engine } from '@millrace/engine';
import { OccurrenceCounter } from '@millrace/kernel';
import type { Bug } from '../peer-process.ts';

/** Puts another method in a class; gives back how to undo it. */
function replaceMethod<T extends object, K extends keyof T>(
  prototype: T,
  name: K,
  make: (original: T[K]) => T[K],
): () => void {
  const original = prototype[name];
  prototype[name] = make(original);
  return () => {
    prototype[name] = original;
  };
}

/** All calls seem to be made by their body itself. */
const mainLine = [{ getFunctionName: () => 'millrace body', isAsync: () => false }];

/** The engine asks V8 for the thread of a call: see thread.ts. */
function hideThreads(): () => void {
  const original = Error.captureStackTrace;
  Error.captureStackTrace = (target: { stack?: unknown }, above) => {
    if (above?.name === 'threadHere' || above?.name === 'threadOfAwaiter') target.stack = mainLine;
    else original(target, above);
  };
  return () => {
    Error.captureStackTrace = original;
  };
}

export const engineBugs: readonly Bug[] = [
  {
    name: 'occurrence-lost',
    about: 'The second of equal calls is counted as the first again.',
    plant: () =>
      replaceMethod(
        OccurrenceCounter.prototype,
        'next',
        (original) =>
          function next(this: OccurrenceCounter, key): number {
            return Math.max(0, original.call(this, key) - 1);
          },
      ),
  },
  {
    name: 'threads-unseen',
    about: 'Equal calls in branches are matched by their order only.',
    plant: hideThreads,
  },
  {
    name: 'cancel-stops-at-the-top',
    about: 'Children of a cancelled run are not cancelled.',
    plant: () =>
      replaceMethod(
        Engine.prototype,
        'cancel',
        (original) =>
          function cancel(this: Engine, run, reason, graceMs): void {
            if (run.caller === null) original.call(this, run, reason, graceMs);
          },
      ),
  },
  {
    name: 'parked-for-good',
    about: 'Nobody takes a parked run of this process up when it is due.',
    plant: () => replaceMethod(Engine.prototype, 'wakeLater', () => () => undefined),
  },
];
