/** Entry of @millrace/testing: the Millrace test engine, with virtual time, doubles and crashes on demand. */
export type { DoubleOf, Mockable } from './options/double.ts';
export type { CrashPoint, TestEngineOptions } from './options/options.ts';
export { type TestedRun, TestEngine, testEngine } from './test-engine.ts';
export { VIRTUAL_START, VirtualClock } from './time/virtual-clock.ts';
