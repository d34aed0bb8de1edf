/**
 * Entry of @millrace/kernel/schedules: computes when schedules are due. It is separate from the package's entry because it loads the
 * library for recurrence rules.
 */
export { nextTimes } from './next-times.ts';
export type { NextTimesOptions } from './next-times.ts';
