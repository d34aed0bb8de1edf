/**
 * The runtime of code that runs outside any run: the engine of a plain script. The composition root (`local`) provides a function that
 * makes it; it is called at the first call, so that importing the library opens nothing.
 *
 * Two copies of this package in one process share one runtime.
 */
import type { Runtime } from './model.ts';
import { AsyncLocalStorage } from 'node:async_hooks';
import { ConfigurationError, sharedByCopies } from '@millrace/kernel';
import { speakingFrame } from './frame.ts';

interface Slot {
  factory: (() => Runtime) | undefined;
  runtime: Runtime | undefined;
}

const own = sharedByCopies<Slot>('default-runtime', () => ({ factory: undefined, runtime: undefined }));
const ambient = sharedByCopies('ambient-runtime', () => new AsyncLocalStorage<Runtime>());

/** Says how the default runtime is made. The first to say it wins. */
export function provideRuntime(factory: () => Runtime): void {
  own.factory ??= factory;
}

/** The process's own runtime, made at the first call. @throws ConfigurationError when the composition root gave no factory */
export function defaultRuntime(): Runtime {
  if (own.runtime === undefined || own.runtime.closed) {
    if (own.factory === undefined) {
      throw new ConfigurationError(
        "No engine is there to run this: import from 'millrace', or run inside an engine of 'millrace/testing'.",
      );
    }
    own.runtime = own.factory();
  }
  return own.runtime;
}

/** The runtime of this code: its run's, or the default. */
export function currentRuntime(): Runtime {
  return speakingFrame()?.runtime ?? ambient.getStore() ?? defaultRuntime();
}

/** Runs code so that calls outside any run use this runtime: what `testEngine().run` does. */
export function withRuntime<T>(runtime: Runtime, body: () => T): T {
  return ambient.run(runtime, body);
}
