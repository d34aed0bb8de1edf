/** Entry for sister packages: what `local`, `testing` and the command line need beyond the public surface. */
export type { Frame, PlaceHolder, Run, StartOptions } from './run/model.ts';
export { viewOf } from './context/run-view.ts';
export { writeLine } from './context/logger.ts';
export { currentEngine, defaultEngine, provideEngine, withEngine } from './default-engine.ts';
export type { Body, Definition, FlowDefinition, TaskDefinition } from './define/definition.ts';
export { nearest } from './define/nearest.ts';
export { flowNames, isTaskDefined, requireFlow } from './define/registry.ts';
export type { LeftRun } from './control/hand-over.ts';
export { shutDown } from './control/shut-down.ts';
export { inertEngine } from './inert-engine.ts';
export { resumeSignal } from './durable/pause.ts';
export { runInFrame } from './run/frame.ts';
export { type StandingRun, standingRuns } from './run/naps.ts';
export { Places } from './runners/places.ts';
export { enqueueRun } from './control/enqueue.ts';
