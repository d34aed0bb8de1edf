/**
 * The definition that `task()` or `flow()` makes: its options are checked and converted to the engine's units. An invalid option is refused
 * here, where it is written, before any run exists.
 */
import type { RunContext, RunView } from './run-context.ts';
import { assertName, ConfigurationError, describeValue, parseDuration, parseRetryPolicy } from '@millrace/kernel';
import type { CachePolicy, Duration } from '@millrace/kernel';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { Serializer, Storage } from './storage.ts';
import { concurrent } from './runners.ts';
import type { Runner } from './runner.ts';
import { checkOptions, nameOf } from './option-kinds.ts';
import { contextPosition } from './context-parameter.ts';
import { parameterNames, restPosition } from './parameter-names.ts';
import { checkRunNameTemplate } from './run-name-template.ts';
import type { FlowOptions, Hook, TaskOptions, TransactionHook } from './options.ts';
import type { SourceLocation } from './source-location.ts';

const CRASH_RETRIES_DEFAULT = 10;

/** The function of a flow or task. Its parameters have types only where it is defined. */
export type Body = (...args: never[]) => unknown;

interface CommonDefinition {
  readonly name: string;
  /** Distinguishes its calls from others of the name; null = their arguments do. */
  readonly key: string | null;
  readonly description: string | null;
  readonly version: string | null;
  readonly tags: readonly string[];
  readonly body: Body;
  readonly parameterNames: readonly string[];
  /** Which of them is a rest parameter; -1 = none. */
  readonly restPosition: number;
  /** Where the context goes among the arguments; -1 = the body takes none. */
  readonly contextPosition: number;
  readonly retries: number;
  readonly retryDelaysMs: readonly number[];
  readonly timeoutMs: number | null;
  readonly persistResult: boolean;
  readonly storage: Storage | null;
  readonly serializer: Serializer | null;
  readonly runName: string | ((ctx: RunContext) => string) | null;
  readonly logPrints: boolean | null;
  readonly hooks: HookTable;
  /** The position of its definition, by which a worker thread finds it again. */
  readonly location: SourceLocation | null;
  /** The definition that this one copies with other options (`.with`); null = it is no copy. */
  readonly original: Definition | null;
}

export interface HookTable {
  readonly onRunning: readonly Hook[];
  readonly onCompletion: readonly Hook[];
  readonly onFailure: readonly Hook[];
  readonly onCancellation: readonly Hook[];
  readonly onCrashed: readonly Hook[];
}

/** A checked task: durations in milliseconds, null for options that were not given. */
export interface TaskDefinition extends CommonDefinition {
  readonly kind: 'task';
  readonly retryJitter: number | null;
  readonly retryWhen: ((error: unknown, run: RunView) => boolean | Promise<boolean>) | null;
  readonly cache: CachePolicy | null;
  readonly cacheKey: ((ctx: RunContext, args: readonly unknown[]) => string | undefined) | null;
  readonly cacheExpirationMs: number | null;
  readonly refreshCache: boolean;
  readonly isolate: 'inline' | 'thread' | 'process' | null;
  readonly onCommit: readonly TransactionHook[];
  readonly onRollback: readonly TransactionHook[];
}

/** A checked flow: durations in milliseconds, null for options that were not given. */
export interface FlowDefinition extends CommonDefinition {
  readonly kind: 'flow';
  readonly input: StandardSchemaV1 | null;
  readonly validate: boolean;
  readonly runner: Runner;
  readonly concurrency: number | null;
  readonly unobserved: 'fail' | 'ignore';
  readonly crashRetries: number;
  readonly idempotencyKey: string | null;
}

/** A task or a flow, as the engine sees it. */
export type Definition = TaskDefinition | FlowDefinition;

/** Whether it has hooks for a transaction to call. */
export function hasTransactionHooks(definition: Definition): boolean {
  return definition.kind === 'task' && (definition.onCommit.length > 0 || definition.onRollback.length > 0);
}

/** The rest of a definition beside its options: its function, and the position of the call that made it. */
export interface Made {
  readonly body: Body;
  readonly location: SourceLocation | null;
}

export function defineTask(options: TaskOptions, made: Made): TaskDefinition {
  const common = commonDefinition('task', options, made);
  const { retryJitter = null } = options;
  if (retryJitter !== null && !(retryJitter >= 0 && Number.isFinite(retryJitter))) {
    throw new ConfigurationError(
      `Task '${common.name}': retryJitter must be a number of 0 or more, not ${retryJitter}.`,
    );
  }
  if (!common.persistResult && (options.cacheKey !== undefined || (options.cache?.parts.length ?? 0) > 0)) {
    throw new ConfigurationError(
      `Task '${common.name}' has a cache and persistResult: false: what is not stored can't be found. Leave one of them out.`,
    );
  }
  return {
    kind: 'task',
    ...common,
    retryJitter,
    retryWhen: options.retryWhen ?? null,
    cache: options.cache ?? null,
    cacheKey: options.cacheKey ?? null,
    cacheExpirationMs: optionalDuration(options.cacheExpiration, `cacheExpiration of task '${common.name}'`),
    refreshCache: options.refreshCache ?? false,
    isolate: options.isolate ?? null,
    onCommit: asList(options.onCommit),
    onRollback: asList(options.onRollback),
  };
}

export function defineFlow(options: FlowOptions, made: Made): FlowDefinition {
  const common = commonDefinition('flow', options, made);
  const { concurrency = null, crashRetries = CRASH_RETRIES_DEFAULT } = options;
  if (concurrency !== null) assertCount(concurrency, { of: `flow '${common.name}'`, option: 'concurrency', least: 1 });
  assertCount(crashRetries, { of: `flow '${common.name}'`, option: 'crashRetries', least: 0 });
  return {
    kind: 'flow',
    ...common,
    // One argument, then the context, under any parameter name.
    contextPosition: options.input === undefined ? common.contextPosition : 1,
    input: options.input ?? null,
    validate: options.validate ?? true,
    runner: options.runner ?? concurrent(),
    concurrency,
    unobserved: options.unobserved ?? 'fail',
    crashRetries,
    idempotencyKey: options.idempotencyKey ?? null,
  };
}

function commonDefinition(kind: 'task' | 'flow', options: TaskOptions | FlowOptions, made: Made): CommonDefinition {
  const { body, location } = made;
  const name = nameOf(kind, options, body);
  assertName(kind, name);
  checkOptions(kind, name, options);
  if (typeof options.runName === 'string') checkRunNameTemplate(options.runName);
  const label = `${kind} '${name}'`;
  const retry = parseRetryPolicy({ retries: options.retries, retryDelay: options.retryDelay }, label);
  return {
    name,
    key: options.key ?? null,
    description: options.description ?? null,
    version: options.version ?? null,
    tags: checkedTags(options.tags ?? []),
    body,
    parameterNames: parameterNames(body),
    restPosition: restPosition(body),
    contextPosition: contextPosition(body),
    retries: retry.retries,
    retryDelaysMs: retry.retryDelaysMs,
    timeoutMs: optionalDuration(options.timeout, `timeout of ${label}`),
    persistResult: options.persistResult ?? true,
    storage: options.storage ?? null,
    serializer: options.serializer ?? null,
    runName: options.runName ?? null,
    logPrints: options.logPrints ?? null,
    hooks: {
      onRunning: asList(options.onRunning),
      onCompletion: asList(options.onCompletion),
      onFailure: asList(options.onFailure),
      onCancellation: asList(options.onCancellation),
      onCrashed: asList(options.onCrashed),
    },
    location,
    original: null,
  };
}

function optionalDuration(value: Duration | undefined, name: string): number | null {
  return value === undefined ? null : parseDuration(value, name);
}

function checkedTags(tags: readonly string[]): readonly string[] {
  for (const tag of tags) assertName('tag', tag);
  return [...new Set(tags)];
}

function asList<T>(value: T | readonly T[] | undefined): readonly T[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as readonly T[]) : [value as T];
}

function assertCount(
  value: number,
  about: { readonly of: string; readonly option: string; readonly least: number },
): void {
  if (Number.isSafeInteger(value) && value >= about.least) return;
  throw new ConfigurationError(
    `${about.option} of ${about.of} must be a whole number of ${about.least} or more, not ${describeValue(value)}.`,
  );
}
