/**
 * Recorded waits by name, which the host starts for an isolated body. A schema stays in the worker, which validates on request.
 */
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { pause, type PauseOptions, suspend } from '../waits/pause.ts';
import { type SignalOptions, waitForSignal } from '../waits/signal.ts';
import { sleep, type SleepOptions, sleepUntil } from '../waits/sleep.ts';
import type { RunFuture } from '../futures/run-future.ts';
import type { WaitName } from './wire.ts';

/** Replaces a schema: the number of the closure that validates. */
export interface SchemaMark {
  readonly closure: number;
}

/** Starts the wait in the present frame. @param ask calls a closure of the worker */
export function startNamedWait(
  name: WaitName,
  args: readonly unknown[],
  ask: (closure: number, value: unknown) => Promise<unknown>,
): RunFuture<unknown> {
  const schemaOf = (mark: unknown): StandardSchemaV1 => ({
    '~standard': {
      version: 1,
      vendor: 'millrace',
      validate: async (value) => (await ask((mark as SchemaMark).closure, value)) as StandardSchemaV1.Result<unknown>,
    },
  });
  const paused = (options: PauseOptions): PauseOptions =>
    options.input === undefined ? options : { ...options, input: schemaOf(options.input) };
  return start();

  function start(): RunFuture<unknown> {
    const [first, second] = args;
    switch (name) {
      case 'sleep':
        return sleep(first as number, second as SleepOptions | undefined) as RunFuture<unknown>;
      case 'sleepUntil':
        return sleepUntil(first as number, second as SleepOptions | undefined) as RunFuture<unknown>;
      case 'waitForSignal': {
        const options = second as SignalOptions;
        const checked = options.schema === undefined ? options : { ...options, schema: schemaOf(options.schema) };
        return waitForSignal(first as string, checked) as RunFuture<unknown>;
      }
      case 'pause':
        return pause(paused(first as PauseOptions)) as RunFuture<unknown>;
      case 'suspend':
        return suspend(paused(first as PauseOptions)) as RunFuture<unknown>;
    }
  }
}
