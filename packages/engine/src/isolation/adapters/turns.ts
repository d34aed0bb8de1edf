/** Scheduling on the event loop of the machine. */
import * as timers from 'node:timers';

/** Calls back after the present work of the event loop. Taken at load, because the module of a task may be a test that fakes timers. */
export const afterThisTurn: (callback: () => void) => void = timers.setImmediate;
