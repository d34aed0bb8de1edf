/**
 * What a process and its isolated workers say to each other. Values cross as codec text: what can't be stored can't cross.
 * Each message names its call: what a body leaves behind must not be taken for the next one's.
 */
import type { RunView } from '@millrace/engine';
import type { Asked, CrossedEnd, Told } from '@millrace/engine/isolated';

export interface CallMessage {
  readonly type: 'call';
  readonly call: number;
  /** The module that defines the task: a path or `file:` URL. */
  readonly file: string;
  /** Modules to import besides, when that one defines it only for others. */
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
  | { readonly type: 'told'; readonly call: number; readonly told: Told };

export type FromWorker =
  | { readonly type: 'end'; readonly call: number; readonly end: CrossedEnd }
  /** The module is loaded; the body begins. */
  | { readonly type: 'begun'; readonly call: number }
  /** The module failed to load: the body never began, and this worker can't run it any more. */
  | { readonly type: 'unloadable'; readonly call: number; readonly error: string }
  /** Nobody caught it: what the worker dies of. */
  | { readonly type: 'dying'; readonly error: string }
  | { readonly type: 'asked'; readonly call: number; readonly asked: Asked };
