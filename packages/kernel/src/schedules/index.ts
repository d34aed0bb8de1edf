/** Entry of @millrace/kernel/schedules: when schedules are due. Apart from the package's entry because it loads the expander of recurrence rules. */
export { nextTimes } from './next-times.ts';
export type { NextTimesOptions } from './next-times.ts';
