/** Entry of @millrace/kernel: The pure rules of Millrace: states, transitions, keys, retries, schedules and values. */
import './process/node-version.ts';

export type { DetailsPatch, FlowRunPatch, TaskRunPatch } from './runs/amendments.ts';
export type { FlowRunDetails, FlowRunDriver, FlowRunPolicy, FlowRunRecord, RetryPolicy } from './runs/flow-run.ts';
export { holderOfClientRun, type RunHolder } from './runs/holder.ts';
export {
  type HolderFacts,
  type Orphan,
  type OrphanCause,
  type OrphanedRun,
  type OrphanFacts,
  type OrphanTaker,
  orphanOf,
} from './runs/orphan.ts';
export type { TaskRunDetails, TaskRunInput, TaskRunKind, TaskRunRecord } from './runs/task-run.ts';
export { decideSlots, type LimitUse, type SlotContext, type SlotDecision, type SlotWish } from './limits/slots.ts';
export {
  awaitingRetry,
  awaitingSlot,
  cached,
  cancelled,
  cancelling,
  completed,
  crashed,
  failed,
  notReady,
  paused,
  pending,
  plainNames,
  resuming,
  running,
  scheduled,
  type StateOptions,
  suspended,
  timedOut,
  type Upstream,
} from './states/constructors.ts';
export {
  awaitsResume,
  continuesAttempt,
  isNotReady,
  isEvicted,
  isTerminal,
  isTerminalType,
  terminalTypes,
} from './states/predicates.ts';
export type { Json } from './states/json.ts';
export { renderState } from './states/render.ts';
export { type State, type StateDetails, StateName, StateType, type WaitReason } from './states/state.ts';
export { attemptsOf, firedPauseKeys, type Past } from './transitions/attempts.ts';
export { applyChanges, changesFor } from './transitions/changes.ts';
export {
  type MergedReport,
  mergeReport,
  type ReportedColumns,
  type ReportedRun,
  type ReportedState,
  reconciledBy,
  type TaskRunReport,
} from './transitions/report.ts';
export { decide } from './transitions/decide.ts';
export { exampleRun } from './transitions/example-run.ts';
export { keepsAttempt, moveFor, type RestartCause, type StartMove } from './transitions/move-for.ts';
export type {
  DecisionContext,
  Effect,
  Move,
  Proposal,
  Proposer,
  RunChanges,
  RunNeeds,
  RunSnapshot,
  Verdict,
} from './transitions/proposal.ts';
// lists
export type { Field, FieldTypes, FieldValue } from './filters/fields.ts';
export type { AnyFieldTest, AnyFilter, Filter, Order } from './filters/filter.ts';
export { evaluate, type RecordOf, type RelatedRecords } from './filters/evaluate.ts';
export { comparePositions, type Position, positionOf } from './filters/order.ts';
export {
  fieldOf,
  relationOf,
  type Resource,
  type ResourceDefinition,
  resourceOf,
  type ResourceRecords,
  type SortField,
} from './filters/resources.ts';
export {
  type FlowRunFilter,
  flowRunTree,
  type ListQuery,
  newestFirst,
  type PageRequest,
  type TaskRunFilter,
  taskRunTree,
} from './filters/named-conditions.ts';
export { type NamedStates, statesNamed, type StateWordsProblem, unfinishedTypes } from './filters/state-words.ts';
// the ledger's port
export type { Cache, CacheAnswer, Limits, LimitView, SlotAnswer, SlotRequest } from './ledger/coordination.ts';
export {
  type Claim,
  type Execution,
  type Interrupt,
  outranks,
  type RecordedChildren,
  type SignalRecord,
} from './ledger/execution.ts';
export type { CommitNotification, HandedOver, HandOver, Ledger, Sweep, SweepOptions } from './ledger/ledger.ts';
export type { ArtifactInput, ArtifactRecord, Artifacts, Variables } from './ledger/records.ts';
export type { FlowRunInit, LogLine, ParkRequest, TaskRunInit } from './ledger/run-requests.ts';
export type { Runs } from './ledger/runs.ts';
export { knownToCopies, sharedByCopies } from './process/copies.ts';
// errors
export { type CatalogueEntry, type ErrorCode, errorCatalogue } from './errors/catalogue.ts';
export { BlobDamaged, BlobMissing, BlobUnavailable } from './errors/blob-errors.ts';
export {
  ConfigurationError,
  InvalidNameError,
  MapLengthError,
  MapEndlessIterable,
  DuplicateName,
  MapMissingIterable,
  NotInRun,
  ParameterError,
  type ParameterIssue,
} from './errors/definition-errors.ts';
export { CorruptValue, NotSerializable, NotTransferable, ResultTooLarge } from './errors/value-errors.ts';
export { type ErrorContext, isMillraceError, MillraceError } from './errors/millrace-error.ts';
export {
  AmbiguousReplay,
  type AmbiguousCall,
  MissingResult,
  NonRetryable,
  RollbackError,
  ProcessStopping,
  RunCancelled,
  RunCrashed,
  RunFailed,
  RunHeld,
  RunNotFound,
  RunPaused,
  RunTimedOut,
  StaleExecution,
  UnobservedFailure,
  type UnobservedRun,
  UpstreamError,
  WaitCycleError,
} from './errors/run-errors.ts';
export { describeValue } from './errors/describe-value.ts';
export { decodeThrown, encodeThrown } from './codec/encode-thrown.ts';
export { thrownText } from './errors/thrown-text.ts';
export type { SerializedError } from './codec/serialize-error.ts';
export {
  CorruptDatabase,
  ForeignDatabase,
  NewerDatabase,
  StoreBusy,
  StoreFull,
  StoreReadOnly,
  StoreUnavailable,
} from './errors/store-errors.ts';
export { isStoreGone } from './errors/store-gone.ts';
export {
  CallbackTimeout,
  ConcurrencyTimeout,
  LimitNotFound,
  PauseTimeout,
  SignalTimeout,
  VirtualTimeStalled,
} from './errors/wait-errors.ts';
// ids, time, retries, schedules
export { derivesStateIds } from './ids/state-id.ts';
export { createIdSource, firstIdAt, type IdSourceOptions, timeOfId } from './ids/uuid7.ts';
export { jitterBounds, type JitterBounds, jitterDelay } from './retry/jitter.ts';
export { type FailedAttempt, hasRetriesLeft, type NextAttempt, nextAttempt } from './retry/next-attempt.ts';
export {
  exponentialBackoff,
  noRetries,
  parseRetryPolicy,
  type RetryDelay,
  type RetryOptions,
} from './retry/retry-policy.ts';
export {
  type CronOptions,
  type CronSchedule,
  cron,
  type DaylightSaving,
  type IntervalOptions,
  type IntervalSchedule,
  interval,
  type RRuleOptions,
  type RRuleSchedule,
  rrule,
  type Schedule,
} from './schedules/schedule.ts';
export { ScheduleError } from './errors/schedule-error.ts';
export type { Clock, TimerHandle } from './time/clock.ts';
export { type Duration, formatDuration, parseDuration } from './time/duration.ts';
export { DurationError } from './errors/duration-error.ts';
export { INSTANT_MAX } from './time/instant.ts';
export { isTimeZone } from './time/zone.ts';
// values, keys and names
export { checkDatabaseAddress, isPostgresAddress, shownAddress } from './addresses/database-address.ts';
export { decodeValue } from './codec/decode.ts';
export { printableDepth, replacedIn, someIn, visitAll } from './codec/plain-graph.ts';
export { encodeValue } from './codec/encode.ts';
export { isPlainJson } from './codec/plain.ts';
export { valueSize } from './codec/value-size.ts';
export { cacheKey, type CacheKeyContext } from './caching/cache-key.ts';
export { type CachePart, CachePolicy, flowParameters, inputs, none, runId, source } from './caching/cache-policy.ts';
export { type InputHash, inputHash } from './keys/input-hash.ts';
export { OccurrenceCounter } from './keys/occurrence-counter.ts';
export {
  type CallGroup,
  type CallPosition,
  groupKey,
  partsOfReplayKey,
  replayKey,
  UNKNOWN_THREAD,
} from './keys/replay-key.ts';
export { sanitizeLogText, terminalControls } from './text/log-text.ts';
export { isKey, KEY_LENGTH_MAX } from './text/key.ts';
export { assertName } from './text/name.ts';
