/**
 * The messages between a process and its isolated workers. Values cross as codec text, so a value that can't be stored can't cross. Each
 * message names its call, because messages of an earlier body must not be taken for those of the next one.
 */
import type { RunView } from '@millrace/engine';
import type { BodyMessage, CrossedEnd, HostMessage } from '@millrace/engine/isolated';

export interface CallMessage {
  readonly type: 'call';
  readonly call: number;
  /** The module that defines the task: a path or `file:` URL. */
  readonly file: string;
  /** Modules to import as well, if that one only makes tasks for others. */
  readonly callers: readonly string[];
  readonly taskName: string;
  readonly args: string;
  readonly taskRun: RunView;
  readonly flowRun: RunView | null;
  readonly parameters: string;
  readonly tags: readonly string[];
  readonly logPrints: boolean;
  readonly logLevel: number;
}

export type ToWorker =
  | CallMessage
  | { readonly type: 'abort'; readonly call: number; readonly reason: string }
  | { readonly type: 'to-body'; readonly call: number; readonly message: HostMessage };

export type FromWorker =
  | { readonly type: 'end'; readonly call: number; readonly end: CrossedEnd }
  /** The module is loaded; the body starts. */
  | { readonly type: 'started'; readonly call: number }
  /** The module failed to load: the body never started, and this worker can't run it any more. */
  | { readonly type: 'unloadable'; readonly call: number; readonly error: string }
  /** The uncaught error that ends the worker. */
  | { readonly type: 'dying'; readonly error: string }
  | { readonly type: 'from-body'; readonly call: number; readonly message: BodyMessage };
