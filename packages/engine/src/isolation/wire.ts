/**
 * What an isolated body and the process it belongs to say to each other. Runs, frames and questions go by number; values
 * and errors go as text of the codec, as they are recorded. Plain data only: it crosses threads and processes.
 */
import type { State } from '@millrace/kernel';
import type { RunView } from '../definitions/run-context.ts';

/** The frame of the body itself; further ones are numbered by the host. */
export const BODY_FRAME = 0;

/** How something ended. `run`: the error is the very one of that run. */
export type CrossedEnd = { readonly value: string | null } | { readonly error: string; readonly run: number | null };

/** A task or flow, as the other side finds it. */
export type Callee =
  | { readonly kind: 'task' | 'flow'; readonly name: string; readonly file: string; readonly changes: string }
  /** Made inside the body: its body is called where it was made. */
  | { readonly kind: 'closure'; readonly closure: number; readonly name: string; readonly options: string };

export type WaitName = 'sleep' | 'sleepUntil' | 'waitForSignal' | 'pause' | 'suspend';
export type BlockName = 'concurrency' | 'scope' | 'transaction';

/** From the worker. */
export type Asked =
  | {
      readonly kind: 'start';
      readonly frame: number;
      readonly tags: readonly string[];
      readonly callee: Callee;
      readonly runs: readonly { readonly run: number; readonly id: string; readonly args: string }[];
      readonly isMap: boolean;
      /** Of the calls, as the stack of the worker has it: see runs/thread.ts. */
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
  /** What a block's body does with its handle. */
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

/** What the host tells an isolated body: how a run that it asked for goes, and what was answered. */
export type Told =
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
      /** The run that the closure is the body of; null = it is called for the isolated body itself. */
      readonly taskRun: RunView | null;
      readonly tags: readonly string[];
      readonly logPrints: boolean;
    }
  | { readonly kind: 'abort'; readonly frame: number; readonly reason: string }
  /** `own`: the error is the one that the block's body threw. */
  | { readonly kind: 'answered'; readonly question: number; readonly end: CrossedEnd; readonly own: boolean };
