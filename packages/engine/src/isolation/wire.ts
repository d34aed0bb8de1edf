/**
 * The messages between an isolated body and its host. Runs, frames and questions are numbers; values and errors are text of the codec,
 * as in the record. Plain data only, because it crosses threads and processes.
 */
import type { State } from '@millrace/kernel';
import type { RunView } from '../definitions/run-context.ts';

/** The frame of the body itself; the host numbers further ones. */
export const BODY_FRAME = 0;

/** The end of a body, run or request. `run`: the error is that of this run, the same object. */
export type CrossedEnd = { readonly value: string | null } | { readonly error: string; readonly run: number | null };

/** A task or flow, by which the other side finds it. */
export type Callee =
  | { readonly kind: 'task' | 'flow'; readonly name: string; readonly file: string; readonly changes: string }
  /** Made inside the body: its body is called where it was made. */
  | { readonly kind: 'closure'; readonly closure: number; readonly name: string; readonly options: string };

export type WaitName = 'sleep' | 'sleepUntil' | 'waitForSignal' | 'pause' | 'suspend';
export type BlockName = 'concurrency' | 'scope' | 'transaction';

/** A message of the body in the worker to its host. */
export type BodyMessage =
  | {
      readonly kind: 'start';
      readonly frame: number;
      readonly tags: readonly string[];
      readonly callee: Callee;
      readonly runs: readonly { readonly run: number; readonly id: string; readonly args: string }[];
      readonly isMap: boolean;
      /** The thread of the calls on the stack of the worker: see runs/thread.ts. */
      readonly thread: string;
      readonly waitFor: string;
      readonly recordKind: 'step' | null;
    }
  | {
      readonly kind: 'start-wait';
      readonly frame: number;
      readonly tags: readonly string[];
      readonly run: number;
      readonly name: WaitName;
      readonly args: string;
      readonly thread: string;
    }
  | { readonly kind: 'cancel'; readonly run: number; readonly reason: string }
  | { readonly kind: 'observe'; readonly run: number }
  | { readonly kind: 'wait'; readonly frame: number; readonly wait: number; readonly runs: readonly number[] }
  | { readonly kind: 'woke'; readonly wait: number }
  | {
      readonly kind: 'block';
      readonly frame: number;
      readonly tags: readonly string[];
      readonly question: number;
      readonly name: BlockName;
      readonly args: string;
    }
  /** The body of a block calls a method of its handle. */
  | { readonly kind: 'handle'; readonly question: number; readonly method: string; readonly args: string }
  | { readonly kind: 'left'; readonly frame: number; readonly end: CrossedEnd }
  | {
      readonly kind: 'call';
      readonly frame: number;
      readonly question: number;
      readonly group: string;
      readonly method: string;
      readonly args: string;
    }
  | {
      readonly kind: 'log';
      readonly frame: number;
      readonly level: number;
      readonly text: string;
      readonly print: boolean;
    };

/** A message of the host to an isolated body: the end of one of its runs, the answer to a request, or an order. */
export type HostMessage =
  | {
      readonly kind: 'settled';
      readonly run: number;
      readonly view: RunView;
      readonly state: State;
      readonly end: CrossedEnd;
    }
  | { readonly kind: 'resumed'; readonly wait: number; readonly error: string | null }
  | { readonly kind: 'enter'; readonly frame: number; readonly question: number }
  | {
      readonly kind: 'enter-closure';
      readonly frame: number;
      readonly closure: number;
      readonly args: string;
      /** The run whose body is the closure; null = the closure is called for the isolated body itself. */
      readonly taskRun: RunView | null;
      readonly tags: readonly string[];
      readonly logPrints: boolean;
    }
  | { readonly kind: 'abort'; readonly frame: number; readonly reason: string }
  /** `own`: the error is the one that the block's body threw. */
  | { readonly kind: 'answered'; readonly question: number; readonly end: CrossedEnd; readonly own: boolean };
