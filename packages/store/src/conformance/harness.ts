/**
 * The harness of the store's conformance suites: fresh databases, a clock that can be moved, and records to store.
 *
 * One test file for each dialect runs the suites. `open` opens a store on the suite's database; opening twice gives two stores on the same
 * one, as two processes have.
 */
import { type FlowRunRecord, plainNames, type State, type StateType, type TaskRunRecord } from '@millrace/kernel';
import type { Store } from '../index.ts';

export interface Database extends AsyncDisposable {
  open(): Promise<Store>;
  /** Makes the database's clock appear to move on. */
  advance(ms: number): Promise<void>;
}

export type MakeDatabase = () => Promise<Database>;

let idCount = 0;

/** Ids that grow in the order they are asked for, as UUIDv7 does. */
export function nextId(): string {
  idCount += 1;
  const hex = idCount.toString(16).padStart(12, '0');
  return `01920000-0000-7000-8000-${hex}`;
}

export const epoch = 1_763_880_000_000;

export function state(type: StateType, at = epoch): State {
  return { type, name: plainNames[type], at, message: null, details: null };
}

export function flowRun(changes: Partial<FlowRunRecord> = {}): FlowRunRecord {
  const id = changes.id ?? nextId();
  return {
    kind: 'flow',
    id,
    driver: 'engine',
    name: 'brave-otter',
    flowName: 'etl',
    flowVersion: null,
    parentFlowRunId: null,
    parentTaskRunId: null,
    rootFlowRunId: id,
    replayKey: null,
    idempotencyKey: null,
    deploymentId: null,
    workQueueId: null,
    details: null,
    state: state('PENDING'),
    history: [],
    runCount: 0,
    crashCount: 0,
    parameters: '{}',
    outcome: null,
    tags: [],
    policy: { retries: 0, retryDelaysMs: [], retryJitter: null, crashRetries: 3 },
    createdAt: epoch,
    expectedStartAt: epoch,
    nextStartAt: null,
    startAt: null,
    endAt: null,
    runTimeMs: 0,
    wakeAt: null,
    waiting: null,
    divergence: [],
    rerunOf: null,
    lastSeenAt: null,
    sessionId: null,
    token: 1,
    revision: '',
    ...changes,
  };
}

export function taskRun(changes: Partial<TaskRunRecord> = {}): TaskRunRecord {
  return {
    id: nextId(),
    name: 'fetch-0',
    kind: 'task',
    flowRunId: null,
    sessionId: null,
    parentTaskRunId: null,
    taskKey: 'fetch',
    dynamicKey: null,
    replayKey: 'fetch:0',
    state: state('PENDING'),
    history: [],
    runCount: 0,
    flowRunCount: 1,
    parameters: null,
    inputs: [],
    outcome: null,
    cacheKey: null,
    retryPolicy: null,
    tags: [],
    details: null,
    createdAt: epoch,
    startAt: null,
    endAt: null,
    runTimeMs: 0,
    wakeAt: null,
    ...changes,
  };
}

/** Opens a session that lasts `ttlMs`. */
export async function openSession(store: Store, { id = nextId(), ttlMs = 30_000, serves = ['etl'] } = {}) {
  return store.write((transaction) =>
    transaction.sessions.open({ id, nonce: 'n', host: 'h', bootId: 'b', pid: 1, pidStartedAt: '', serves, ttlMs }),
  );
}
