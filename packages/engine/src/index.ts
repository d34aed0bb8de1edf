/** Entry of @millrace/engine: flows and tasks as users call them. */
// define
export type { FlowContext, Logger, RunContext, RunView, TaskContext } from './definitions/run-context.ts';
export type { ConsoleLine } from './runs/runtime.ts';
export { flow, type Flow, type FlowCallOptions, type FlowRunFuture } from './calls/flow.ts';
export { task, type CallOptions, type Task, type TaskFuture, type TaskFutureList } from './calls/task.ts';
export type {
  CompletedTask,
  FlowOptions,
  Hook,
  Hooks,
  TaskOptions,
  TransactionHook,
} from './definitions/options.ts';
export type { Input, Inputs, MapInput, MapInputs, ResultOf, UserArgs } from './calls/arguments.ts';
export type { State } from './definitions/state.ts';
// futures
export { allowFailure, type AllowFailure, unmapped, type Unmapped } from './definitions/annotations.ts';
export { race } from './futures/race.ts';
export type { ItemsFuture } from './futures/items-future.ts';
export { RunFuture, type ResultOptions } from './futures/run-future.ts';
export { type Arrived, RunFutureList } from './futures/run-future-list.ts';
// context
export { context } from './context/run-context.ts';
export { logger } from './context/logger.ts';
export { tags } from './context/tags.ts';
export { runOf } from './runs/run-of.ts';
export { scope, type ScopeHandle, type ScopeOptions } from './calls/user-scope.ts';
// durable
export { pause, type PauseOptions, suspend } from './waits/pause.ts';
export { sendSignal, type SignalOptions, waitForSignal } from './waits/signal.ts';
export { sleep, type SleepOptions, sleepUntil } from './waits/sleep.ts';
export { step } from './calls/step.ts';
// limits, transactions, records
export { concurrency, concurrencyLimit, rateLimit, type SlotOptions } from './limits/concurrency.ts';
export { transaction, type TransactionHandle, type TransactionOptions } from './transactions/transaction.ts';
export { artifact, type Progress } from './calls/artifact.ts';
export { variable } from './calls/variable.ts';
// runners and results
export { concurrent, processes, threads } from './definitions/runners.ts';
export type { Runner } from './definitions/runner.ts';
export type { Serializer, Storage } from './definitions/storage.ts';
// control
export { cancelRun, getRun, listRuns, type RunFilter } from './calls/run-lookup.ts';
export type { RunHandle } from './calls/handle.ts';
export { rerun, type RerunOptions, resume, type ResumeOptions } from './calls/resume.ts';
export { type Servable, serve, type ServeOptions } from './calls/serve.ts';
// for composition roots
export { Engine } from './engine/engine.ts';
export type { EngineOptions } from './engine/engine-options.ts';
export type { IsolatedCall, Isolator } from './runs/isolator.ts';
