/**
 * The engine of code that runs outside any run: a plain script's. The composition root (`local`) says how it is made; it
 * is made at the first call, so that importing the library opens nothing.
 *
 * Two copies of this package in one process share one engine.
 */
import type { Engine } from './model.ts';
import { AsyncLocalStorage } from 'node:async_hooks';
import { ConfigurationError, sharedByCopies } from '@millrace/kernel';
import { speakingFrame } from './frame.ts';

interface Slot {
  factory: (() => Engine) | undefined;
  engine: Engine | undefined;
}

const own = sharedByCopies<Slot>('default-engine', () => ({ factory: undefined, engine: undefined }));
const ambient = sharedByCopies('ambient-engine', () => new AsyncLocalStorage<Engine>());

/** Says how the default engine is made. The first to say it wins. */
export function provideEngine(factory: () => Engine): void {
  own.factory ??= factory;
}

/** The process's own engine, made at the first call. Throws ConfigurationError when nobody said how. */
export function defaultEngine(): Engine {
  if (own.engine === undefined || own.engine.closed) {
    if (own.factory === undefined) {
      throw new ConfigurationError(
        "No engine is there to run this: import from 'millrace', or run inside an engine of 'millrace/testing'.",
      );
    }
    own.engine = own.factory();
  }
  return own.engine;
}

/** The engine of this code: its run's, or the default. */
export function currentEngine(): Engine {
  return speakingFrame()?.engine ?? ambient.getStore() ?? defaultEngine();
}

/** Runs code so that calls outside any run use this engine: what `testEngine().run` does. */
export function withEngine<T>(engine: Engine, body: () => T): T {
  return ambient.run(engine, body);
}
