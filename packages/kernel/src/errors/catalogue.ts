/**
 * The catalogue of errors by their code: the form of the message, whether a retry may help, and where the error is explained. The classes
 * are in the files beside this one; a test compares classes, catalogue and docs/errors.md.
 */

/** One kind of error. */
export interface CatalogueEntry {
  /** The `error.code`, which is also the name of the class. Never changes over releases. */
  readonly code: string;
  /** The message, with `{...}` for what differs. May change over releases. */
  readonly template: string;
  /** Whether the same call may succeed later, with neither code nor settings changed. */
  readonly retryable: boolean;
  /** Where docs/errors.md explains it. */
  readonly anchor: string;
}

const templates = {
  ConfigurationError: '{message}',
  InvalidNameError: 'The {kind} name {name} {problem}.',
  DuplicateName: "The {kind} '{name}' is defined {places}, and {use}. {wayOut}",
  NotInRun: '{call} works inside of a flow or a task only, and this code runs in neither. {wayOut}',
  DurationError: '{field} {problem}; got {value}.',
  ScheduleError: '{field} {problem}; got {value}.',
  MapLengthError: "'{taskName}'.map got arguments of different lengths: {lengths}. {wayOut}",
  MapMissingIterable: "'{taskName}'.map got {what}. {wayOut}",
  MapEndlessIterable:
    "'{taskName}'.map read {lengthMax} elements of {parameter}, an iterable without a length, and it has more. {wayOut}",
  ParameterError: "Flow '{flowName}' refuses its parameters: {issues}.",
  NotSerializable: "{path} can't be stored: {problem}. {wayOut}",
  NotTransferable: "{path} of task '{taskName}' can't cross to another thread or process: {problem}. {wayOut}",
  ResultTooLarge: "The result of '{runName}' has {bytes} bytes; the cap is {bytesMax}. {wayOut}",
  CorruptValue: "A stored value can't be read: {problem}. {wayOut}",
  UpstreamError: "Upstream run '{runName}' did not complete: {error}. {wayOut}",
  UnobservedFailure: "{runs} that '{runName}' started failed unobserved: {failures}. {wayOut}",
  StaleExecution: 'This process no longer holds {run}: {why}. {wayOut}',
  WaitCycleError: 'These runs wait for each other and would never end: {cycle}. {wayOut}',
  RunTimedOut: "'{runName}' took longer than its timeout of {timeoutMs} ms. {wayOut}",
  RunCancelled: "'{runName}' was cancelled: {reason}.",
  ProcessStopping: 'This process is stopping ({reason}) and begins no new run. {wayOut}',
  RunCrashed: '{message}',
  RunFailed: '{message}',
  RunPaused: "Run '{runName}' is paused and has no result yet. {wayOut}",
  RunNotFound: 'There is no run {runId} in this database. {wayOut}',
  RunHeld: "Run '{runName}' is held by a live process ({holder}). {wayOut}",
  AmbiguousReplay:
    "Flow run '{flowRunName}' called {kind} '{taskName}' again, and which of {count} recorded can't be told: equal calls in branches may come in another order. {wayOut}",
  MissingResult: "The result of '{runName}' was not persisted (persistResult: false). {wayOut}",
  RollbackError:
    "A rollback hook of '{runName}' failed, so what it did may still stand. {wayOut} The transaction was rolled back for: {reason}",
  NonRetryable: '{message}',
  ConcurrencyTimeout: "No slot of '{limitName}' came free within {timeoutMs} ms; held by {heldBy}. {wayOut}",
  LimitNotFound: "There is no concurrency limit '{limitName}'. {wayOut}",
  SignalTimeout: "The signal '{signalName}' did not come within {timeoutMs} ms. {wayOut}",
  CallbackTimeout: '{what} did not settle within {timeoutMs} ms. {wayOut}',
  VirtualTimeStalled: 'The test engine stands still, because virtual time moves by engine.advance() only: {waits}.',
  PauseTimeout: "Flow run '{runName}' was paused (key '{pauseKey}') and not resumed within {timeoutMs} ms. {wayOut}",
  StoreBusy: '{location} stayed locked by {holder} for {waited} s. {wayOut}',
  StoreFull: 'The disk of {location} is full: nothing was written. {wayOut}',
  StoreReadOnly: "{location} can't be written. {wayOut}",
  StoreUnavailable: '{location} {problem}.',
  ForeignDatabase: '{location} is not a Millrace database ({found}). {wayOut}',
  NewerDatabase: '{location} was written by a newer version of Millrace (it has {unknown}). {wayOut}',
  CorruptDatabase: '{location} is damaged ({reason}). {wayOut}',
  BlobMissing: "The value of run {runId} is not in storage '{storage}' any more (key {key}). {wayOut}",
  BlobDamaged:
    "The value of run {runId} in storage '{storage}' (key {key}) is not what was written: {problem}. {wayOut}",
  BlobUnavailable: "The value of run {runId} can't be {doing} in storage '{storage}' (key {key}): {reason}. {wayOut}",
} as const;

/** A code that an error of Millrace's may have. */
export type ErrorCode = keyof typeof templates;

const retryable: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'BlobUnavailable',
  'ConcurrencyTimeout',
  'PauseTimeout',
  'ProcessStopping',
  'RunCrashed',
  'RunHeld',
  'RunPaused',
  'RunTimedOut',
  'SignalTimeout',
  'StoreBusy',
  'StoreFull',
  'StoreUnavailable',
]);

/**
 * All kinds of errors, from those of definitions to those of the database.
 *
 * @example
 * errorCatalogue.find((entry) => entry.code === 'StoreBusy')?.retryable; // true
 */
export const errorCatalogue: readonly CatalogueEntry[] = (Object.keys(templates) as ErrorCode[]).map((code) =>
  Object.freeze({
    code,
    template: templates[code],
    retryable: retryable.has(code),
    anchor: `docs/errors.md#${code.toLowerCase()}`,
  }),
);
