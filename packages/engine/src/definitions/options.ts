/**
 * The options of tasks and flows, as users give them.
 *
 * Durations are milliseconds as a number, or text: `'250ms'`, `'5s'`, `'2m'`, `'1h'`, `'1d'`.
 */
import type { RunContext, RunView } from './run-context.ts';
import type { CachePolicy, Duration } from '@millrace/kernel';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { Serializer, Storage } from './storage.ts';
import type { Runner } from './runner.ts';
import type { State } from './state.ts';

/** Called after a run entered a state. An error of the hook is logged, never raised. */
export type Hook = (run: RunView, state: State<unknown>) => unknown;

/** A task that completed in a transaction, as its hooks receive it. */
export interface CompletedTask<TArgs extends readonly unknown[] = readonly unknown[], TResult = unknown> {
  /** The arguments of the call, futures replaced by their values: in order, and each under its parameter's name too. */
  readonly parameters: TArgs & Readonly<Record<string, unknown>>;
  /** The value that the task returned; undefined if it can't be read any more, see `missing`. */
  readonly result: TResult;
  readonly run: RunView;
  /** Why `result` or `parameters` could not be read, such as a result that its storage has lost; absent = they could. */
  readonly missing?: Error;
}

/** Called when the transaction around a task commits or rolls back; without one, a task commits when it has completed. */
export type TransactionHook<TArgs extends readonly unknown[] = readonly unknown[], TResult = unknown> = (
  transaction: { get(name: string): unknown; set(name: string, value: unknown): void },
  completed: CompletedTask<TArgs, TResult>,
) => unknown;

/** One hook, or several that are called in order. */
export type Hooks = Hook | readonly Hook[];

interface CommonOptions {
  /** The name of its runs in lists; default: the function's name. */
  readonly name?: string;
  /**
   * Distinguishes a call from others of the same name and arguments, in whatever order they come after a crash: 1 to 512 characters,
   * unique within the body that makes the call. For one call: `t.with({ key })`.
   */
  readonly key?: string;
  readonly description?: string;
  /** Recorded with each run; default: none. */
  readonly version?: string;
  readonly tags?: readonly string[];
  /** How often a failed body is called again; default 0. */
  readonly retries?: number;
  /** The wait before each retry; an array has one wait per retry, the last repeated; a function computes the list from `retries`. Default 0. */
  readonly retryDelay?: Duration | readonly Duration[] | ((retries: number) => readonly Duration[]);
  /** The longest a body may take, an attempt. */
  readonly timeout?: Duration;
  /** Whether the value is stored; default true. Without, a resumed run computes it again. */
  readonly persistResult?: boolean;
  /** Where large values go; default: the store's own. */
  readonly storage?: Storage;
  /** How values are written; default: Millrace's codec. */
  readonly serializer?: Serializer;
  /** A template such as `'load-{region}'` over the run's parameters, or a function of its context, which has them as `parameters`. */
  readonly runName?: string | ((ctx: RunContext) => string);
  /** Whether `console` output of the body is recorded with the run; default: as the enclosing run. */
  readonly logPrints?: boolean;
  readonly onRunning?: Hooks;
  readonly onCompletion?: Hooks;
  readonly onFailure?: Hooks;
  readonly onCancellation?: Hooks;
  readonly onCrashed?: Hooks;
}

/** One transaction hook, or several that are called in order. */
type TransactionHooks<TArgs extends readonly unknown[], TResult> =
  | TransactionHook<TArgs, TResult>
  | readonly TransactionHook<TArgs, TResult>[];

/** The options of `task()`. */
export interface TaskOptions<TArgs extends readonly unknown[] = readonly unknown[], TResult = unknown>
  extends CommonOptions {
  /** Prefect's factor: 0.5 spreads each delay by up to half, the mean kept. */
  readonly retryJitter?: number;
  /** Whether this failure is worth a retry; throwing counts as no. */
  readonly retryWhen?: (error: unknown, run: RunView) => boolean | Promise<boolean>;
  /** When a value of an earlier run may stand for this one; default: never. */
  readonly cache?: CachePolicy;
  /** The cache key itself, in place of a policy. */
  readonly cacheKey?: (ctx: RunContext, args: readonly unknown[]) => string | undefined;
  readonly cacheExpiration?: Duration;
  /** Computes the value even if there is one, and stores it. */
  readonly refreshCache?: boolean;
  /** Where the body runs: on the caller's loop (default), in a worker thread, or in a process of its own. */
  readonly isolate?: 'inline' | 'thread' | 'process';
  readonly onCommit?: TransactionHooks<TArgs, TResult>;
  readonly onRollback?: TransactionHooks<TArgs, TResult>;
}

/** The options of `flow()`. */
export interface FlowOptions<TSchema extends StandardSchemaV1 | undefined = StandardSchemaV1 | undefined>
  extends CommonOptions {
  /** The one object the flow takes; validated and coerced before the run begins. Any Standard Schema (zod, valibot, arktype...). */
  readonly input?: TSchema;
  /** Where the flow's tasks run; default `concurrent()`. */
  readonly runner?: Runner;
  /** Whether `input` is checked; default true. */
  readonly validate?: boolean;
  /** How many runs of this flow may run at once, over all processes. */
  readonly concurrency?: number;
  /** The effect of a failed child whose result is never read: the flow fails (default), or nothing happens (as in Prefect). */
  readonly unobserved?: 'fail' | 'ignore';
  /** How often the run is taken up again after its process died; default 10. Apart from `retries`. */
  readonly crashRetries?: number;
  /** The run of this key is started once; a later start of the same key joins it. */
  readonly idempotencyKey?: string;
}
