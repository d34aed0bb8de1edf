/** Entry of @millrace/ledger: The use cases of Millrace: one transaction each, one decider. */
export type { Ledger } from '@millrace/kernel';
export { createLedger, type LedgerOptions } from './create-ledger.ts';
export { type RetentionOptions, startRetention } from './services/retention.ts';
export type { PassReport, Service, ServiceStatus, Turn } from './services/service-shape.ts';
export { type RunningService, type ServiceHost, startService } from './services/service-runner.ts';
export type { Heartbeat, HeartbeatTarget } from './session/heartbeat.ts';
export type { ProcessIdentity } from './state/process-identity.ts';
