/** Entry of @millrace/store: The Millrace ledger on SQLite and PostgreSQL: schema, migrations, group commit, blobs. */
export type { Change, ChangeFeed, ChangePage, FeedPosition } from './ports/change-feed.ts';
export type { BlobEntry, BlobStorage } from './ports/blob-storage.ts';
export type { BlobOwner, Blobs, StoredBlob } from './ports/blobs.ts';
export type {
  CacheEntries,
  CacheEntry,
  LimitInit,
  LimitUsage,
  SessionInit,
  SessionRecord,
  Sessions,
  SignalInit,
  SignalRecord,
  Signals,
  SlotHold,
  SlotHolder,
  Slots,
} from './ports/coordination.ts';
export type { FlowRecord, Flows } from './ports/flows.ts';
export type { RunInputInit, RunInputQuery, RunInputRecord, RunInputs } from './ports/run-inputs.ts';
export { flowIdOf } from './rows/flow-row.ts';
export type { FlowRunHead, FlowRuns } from './ports/flow-runs.ts';
export type {
  EndedPage,
  EndedQuery,
  ExpiryQuery,
  Maintenance,
  RemovalKind,
  RemovedRows,
  Turns,
} from './ports/maintenance.ts';
export { blobGraceDefaultMs } from './ports/maintenance.ts';
export type { PageRequest } from './ports/page.ts';
export type {
  ArtifactInit,
  ArtifactRecord,
  Artifacts,
  LogFilter,
  LogRow,
  Logs,
  StoredLogRow,
  StoredVariable,
  VariableRecord,
  Variables,
} from './ports/records.ts';
export type { Inspection, RunTable } from './ports/inspection.ts';
export type { Fence, FlowRunFence, Store, TaskRunFence } from './ports/store.ts';
export type { TaskRunCount, TaskRuns } from './ports/task-runs.ts';
export type { Transaction } from './ports/transaction.ts';
export { RunChanged } from './ports/run-changed.ts';
export { machineHost, type StoreHost } from './adapters/host.ts';
export { type Backup, type BackupOptions, backupStore } from './backup/backup-store.ts';
export { directoryStorage, type DirectoryStorageOptions } from './blobs/directory.ts';
export { checkedKey, isBlobReference } from './rows/blob-reference.ts';
export { type PruneCounts, type PruneOptions, pruneStore } from './retention/prune-store.ts';
export { lookAtStore } from './look-at-store.ts';
export type { StoreStatus } from './ports/store-status.ts';
export { openStore, type OpenStoreOptions } from './open-store.ts';
