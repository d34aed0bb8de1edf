/** Entry for `local`: both sides of isolated bodies. One of its own, so that a program that isolates nothing loads none of it. */
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
