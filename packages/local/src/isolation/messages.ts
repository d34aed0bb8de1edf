/**
 * What a process and its isolated workers say to each other. Values cross as codec text: what can't be stored can't cross.
 */
import type { RunView } from '@millrace/engine';
import type { SerializedError } from '@millrace/kernel';

export interface CallMessage {
  readonly type: 'call';
  /** The module that defines the task: a path or `file:` URL. */
  readonly file: string;
  readonly taskName: string;
  readonly args: string;
  readonly taskRun: RunView;
  readonly flowRun: RunView | null;
  readonly parameters: string;
  readonly tags: readonly string[];
  readonly logPrints: boolean;
  readonly logLevel: number;
}

export type ToWorker = CallMessage | { readonly type: 'abort'; readonly reason: string };

export type FromWorker =
  | { readonly type: 'value'; readonly value: string }
  | { readonly type: 'error'; readonly error: SerializedError }
  | { readonly type: 'log'; readonly level: number; readonly text: string; readonly print: boolean };
