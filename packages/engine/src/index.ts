/** Entry of @millrace/engine: flows and tasks as users call them. */
// define
export type { FlowContext, Logger, RunContext, RunView, TaskContext } from './define/run-context.ts';
export type { ConsoleLine } from './run/model.ts';
export { flow, type Flow, type FlowCallOptions, type FlowRunFuture } from './define/flow.ts';
export { task, type CallOptions, type Task, type TaskFuture, type TaskFutureList } from './define/task.ts';
export type {
  CompletedTask,
  FlowOptions,
  Hook,
  Hooks,
  TaskOptions,
  TransactionHook,
} from './define/options.ts';
export type { Input, Inputs, MapInput, MapInputs, ResultOf, UserArgs } from './define/arguments.ts';
export type { State } from './define/state.ts';
// futures
export { allowFailure, type AllowFailure, unmapped, type Unmapped } from './futures/annotations.ts';
export { race } from './futures/race.ts';
export type { ItemsFuture } from './futures/items-future.ts';
export { RunFuture, type ResultOptions } from './futures/run-future.ts';
export { type Arrived, RunFutureList } from './futures/run-future-list.ts';
// context
export { context } from './context/run-context.ts';
export { logger } from './context/logger.ts';
export { tags } from './context/tags.ts';
export { runOf } from './run/run-of.ts';
export { scope, type ScopeHandle, type ScopeOptions } from './run/user-scope.ts';
// durable
export { pause, type PauseOptions, suspend } from './durable/pause.ts';
export { sendSignal, type SignalOptions, waitForSignal } from './durable/signal.ts';
export { sleep, type SleepOptions, sleepUntil } from './durable/sleep.ts';
export { step } from './durable/step.ts';
// limits, transactions, records
export { concurrency, concurrencyLimit, rateLimit, type SlotOptions } from './limits/concurrency.ts';
export { transaction, type TransactionHandle, type TransactionOptions } from './transactions/transaction.ts';
export { artifact, type Progress } from './records/artifact.ts';
export { variable } from './records/variable.ts';
// runners and results
export { concurrent, processes, threads } from './runners/concurrent.ts';
export type { Runner } from './runners/runner.ts';
export type { Serializer, Storage } from './results/storage.ts';
// control
export { cancelRun, getRun, listRuns, type RunFilter } from './control/find-runs.ts';
export type { RunHandle } from './control/handle.ts';
export { rerun, type RerunOptions, resume, type ResumeOptions } from './control/resume.ts';
export { type Servable, serve, type ServeOptions } from './control/serve.ts';
// for composition roots
export { Engine, type EngineOptions } from './engine.ts';
export type { IsolatedCall, Isolator } from './runners/isolator.ts';
