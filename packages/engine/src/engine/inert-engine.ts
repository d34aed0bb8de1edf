/** The engine of a worker's thread or process outside of the body that it runs. */
import type { Clock } from '@millrace/kernel';
import { Engine } from './engine.ts';

const silentClock: Clock = { now: () => 0, setTimer: () => ({ cancel: () => {} }) };

/** One in which calls begin nothing and never settle: for a module's top-level calls, where it is only loaded. */
export function inertEngine(): Engine {
  return new Engine({
    openLedger: () => new Promise(() => {}),
    clock: silentClock,
    random: () => 0,
    ids: () => '',
    digest: (text) => text,
    print: () => {},
    logLevel: Number.POSITIVE_INFINITY,
  });
}
