/** Entry of millrace/testing: flows and tasks in memory, with virtual time, doubles and crashes on demand. */
export {
  type CrashPoint,
  type DoubleOf,
  type Mockable,
  type TestedRun,
  TestEngine,
  testEngine,
  type TestEngineOptions,
} from '@millrace/testing';
