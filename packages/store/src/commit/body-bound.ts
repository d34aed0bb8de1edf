/**
 * Bounds a body to its transaction: its time is limited, and its ports refuse calls after its end, because code that it left running must
 * not write into another body's transaction.
 */
import { StoreBusy } from '@millrace/kernel';
import type { Timers } from '../adapters/host.ts';
import type { QueryContext } from '../queries/context.ts';

/** How long one body may keep all other writes of this process, and on SQLite of all, waiting. */
export const bodyMaxMs = 30_000;

export interface BodyBound {
  readonly timers: Timers;
  readonly location: string;
}

/** Runs the body with ports that work until it ends. Throws StoreBusy when it takes too long. */
export async function runBounded<T>(
  { timers, location }: BodyBound,
  context: QueryContext,
  body: (context: QueryContext) => Promise<T>,
): Promise<T> {
  const late = Promise.withResolvers<never>();
  let over = false;
  const whileOpen = <TArguments extends unknown[], TResult>(verb: (...given: TArguments) => Promise<TResult>) => {
    return async (...given: TArguments): Promise<TResult> => {
      if (over) throw new TypeError('this transaction is over: await all that is done in it');
      return verb(...given);
    };
  };
  const timer = timers.setTimer(bodyMaxMs, () => {
    const holder = 'a transaction of this process that waited for something else';
    late.reject(new StoreBusy({ location, waitedMs: bodyMaxMs, holder }));
  });
  try {
    const open: QueryContext = {
      ...context,
      all: whileOpen(context.all),
      run: whileOpen(context.run),
      writeRows: whileOpen(context.writeRows),
      lockKey: whileOpen(context.lockKey),
    };
    return await Promise.race([body(open), late.promise]);
  } finally {
    over = true;
    timer.cancel();
  }
}
