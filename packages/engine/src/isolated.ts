/** Entry for `local`: both sides of isolated bodies. One of its own, so that a program that isolates nothing loads none of it. */
export { BodyHost } from './isolated/body-host.ts';
export { frameWithin } from './run/frame.ts';
export type { Asked, CrossedEnd, Told } from './isolated/wire.ts';
export {
  createWorkerBody,
  definedTask,
  ModuleFailed,
  provideInertEngine,
  type WorkerBody,
} from './runners/worker-frame.ts';
