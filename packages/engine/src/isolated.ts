/**
 * Entry for `local`: both sides of isolated bodies. It is separate from the package's entry, because a program that isolates nothing should
 * not load it.
 */
export { BodyHost } from './isolation/body-host.ts';
export { frameWithin } from './runs/frame.ts';
export type { BodyMessage, CrossedEnd, HostMessage } from './isolation/wire.ts';
export {
  createWorkerBody,
  definedTask,
  ModuleFailed,
  provideInertRuntime,
  type WorkerBody,
} from './isolation/worker-frame.ts';
