/** Entry for the packages `local`, `testing` and `cli`: the exports that they need beyond the public surface. */
export type { Frame, Permit, Run, Runtime } from './runs/model.ts';
export { runName } from './context/random-run-name.ts';
export { viewOf } from './runs/run-view.ts';
export { writeLine } from './context/logger.ts';
export { currentRuntime, defaultRuntime, provideRuntime, withRuntime } from './runs/default-runtime.ts';
export type { Body, Definition, FlowDefinition, TaskDefinition } from './definitions/definition.ts';
export { unbindParameters } from './definitions/bind-parameters.ts';
export { nearest } from './definitions/nearest-name.ts';
export { flowNames, isTaskDefined, requireFlow } from './runs/registry.ts';
export type { LeftRun } from './engine/hand-over.ts';
export { shutDown } from './engine/shutdown.ts';
export { InertRuntime } from './engine/inert-runtime.ts';
export { resumeSignal } from './waits/pause.ts';
export { runInFrame } from './runs/frame.ts';
export { type StandingRun, standingRuns } from './runs/timed-waits.ts';
export { Semaphore } from './runs/semaphore.ts';
export { enqueueRun } from './calls/enqueue.ts';
