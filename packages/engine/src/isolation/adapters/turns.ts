/** The event loop, as the engine needs it of the machine. */
import * as timers from 'node:timers';

/** Calls back after the present work of the event loop. As it was at load: a task's module may be a test's that fakes timers. */
export const afterThisTurn: (callback: () => void) => void = timers.setImmediate;
