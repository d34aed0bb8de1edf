/**
 * `transaction`: tasks whose effects are committed together. Their commit hooks are called if the body succeeds; their rollback hooks, the
 * last first, if it fails. A transaction with a key is done once, over all runs and processes.
 *
 * Its states are Prefect's: a task that was rolled back becomes RolledBack, and runs again when the flow is retried.
 */
import type { Frame } from '../runs/model.ts';
import {
  assertName,
  ConfigurationError,
  decodeValue,
  encodeValue,
  type RollbackError,
  WaitCycleError,
} from '@millrace/kernel';
import { requireFrame } from '../context/run-context.ts';
import { frameWithin, runInFrame } from '../runs/frame.ts';
import { runInScope } from '../runs/inner-scope.ts';
import { claimKey, releaseKey, waitForKey } from './key-waits.ts';
import { pauseUntilWithoutPermit } from '../runs/interruptible-waits.ts';
import { OpenTransaction } from './open-transaction.ts';
import type { TransactionHandle } from './shared-values.ts';

export type { TransactionHandle } from './shared-values.ts';

const BUSY_DELAY_MS = 50;

/** Whether a transaction is done once, and how others with its key behave meanwhile. */
export interface TransactionOptions {
  /** Done once under this key: later calls give the recorded value without running the body. */
  readonly key?: string;
  /** `serializable`: of several callers with one key, one runs and the others wait for it. Default `read-committed`. */
  readonly isolation?: 'read-committed' | 'serializable';
  /** Runs the body even if the key was committed before. */
  readonly overwrite?: boolean;
}

/**
 * Runs a body whose tasks commit or roll back together.
 *
 * @param options `key`: done once; `isolation`
 * @param body gets the transaction's handle
 * @returns the value of the body, or the value recorded under the key
 * @throws the error of the body or of a commit hook, after the rollback hooks have run; RollbackError when one of these failed;
 *   WaitCycleError for a serializable one within another under its key
 * @example
 * await transaction({ key: 'import-42' }, async (tx) => { tx.set('rows', await load()); await publish(); });
 */
export async function transaction<T>(
  options: TransactionOptions,
  body: (tx: TransactionHandle) => T,
): Promise<Awaited<T>> {
  const frame = requireFrame('transaction()');
  return await frame.runtime.block(frame, {
    name: 'transaction',
    args: [options],
    isRecorded: options.key !== undefined,
    body: (send) => bodyOver(send, body),
    here: () => transactionHere(frame, options, body),
  });
}

async function transactionHere<T>(
  frame: Frame,
  options: TransactionOptions,
  body: (tx: TransactionHandle) => T,
): Promise<Awaited<T>> {
  frame.scope.requireOpen();
  const { key, isolation = 'read-committed' } = options;
  if (typeof body !== 'function')
    throw new ConfigurationError('transaction() needs a body: transaction({ key }, async (tx) => ...).');
  if (isolation !== 'read-committed' && isolation !== 'serializable')
    throw new ConfigurationError(
      `isolation of a transaction must be 'read-committed' or 'serializable', not '${String(isolation)}'.`,
    );
  if (key !== undefined) return await once(frame, { ...options, key: checkedKey(key) }, body);
  if (isolation === 'serializable')
    throw new ConfigurationError(
      "A transaction without a key has no others to wait for: give it a key, or leave isolation: 'serializable' out.",
    );
  return await attempt(frame, { body, stage: () => {} });
}

function checkedKey(key: string): string {
  assertName('transaction', key);
  return key;
}

/** The body in a worker, whose transaction is in another process: values that the body sets are sent there, for the hooks. */
function bodyOver<T>(send: (method: string, args: readonly unknown[]) => void, body: (tx: TransactionHandle) => T): T {
  const frame = requireFrame('transaction()');
  const tx = new OpenTransaction(openIn(frame), { onSet: (name, value) => send('set', [name, value]) });
  return runInFrame(frameWithin(frame, { transaction: tx }), () => body(tx.values));
}

function openIn({ transaction }: Frame): OpenTransaction | null {
  return transaction instanceof OpenTransaction ? transaction : null;
}

type Keyed = TransactionOptions & { readonly key: string };

/** The value that was committed under the key, or staged under it by an outer transaction; else the value of the body. */
async function once<T>(frame: Frame, options: Keyed, body: (tx: TransactionHandle) => T): Promise<Awaited<T>> {
  const { key } = options;
  if (options.isolation === 'serializable' && openIn(frame)?.isUnder(key) === true)
    throw new WaitCycleError({ cycle: [frame.run.name, `transaction '${key}'`, frame.run.name] });
  const lease = await claim(frame, options);
  if (lease.recorded !== undefined) return decodeValue(lease.recorded) as Awaited<T>;
  const stage = (tx: OpenTransaction, value: unknown): void => {
    const outcome = encodeValue(value, `transaction '${key}'`);
    const read = async (): Promise<string> => outcome;
    tx.stage({ key: cacheKeyOf(key), leaseId: lease.id, taskRunId: null, expiresAt: null, read });
  };
  const watch = frame.scope.onAbandoned(() => releaseKey(frame.run.engine, lease.id));
  try {
    // The scope may have closed during the wait for the key.
    frame.scope.requireOpen();
    return await attempt(frame, { body, stage, key });
  } catch (error) {
    await releaseKey(frame.run.engine, lease.id);
    throw error;
  } finally {
    watch.remove();
  }
}

function cacheKeyOf(key: string): string {
  return `transaction:${key}`;
}

interface Lease {
  readonly id: string;
  readonly recorded?: string;
}

async function claim(frame: Frame, { key, isolation, overwrite = false }: Keyed): Promise<Lease> {
  const { engine } = frame.run;
  for (;;) {
    const staged = overwrite ? undefined : await frame.transaction?.staged(cacheKeyOf(key));
    if (typeof staged === 'string') return { id: '', recorded: staged };
    const wait = waitForKey(engine, cacheKeyOf(key));
    try {
      const answer = await claimKey(engine, cacheKeyOf(key), { holderId: frame.run.id, refresh: overwrite });
      if (answer.status === 'hit') return { id: '', recorded: answer.outcome };
      if (answer.status === 'claimed') return { id: answer.leaseId };
      if (isolation !== 'serializable') return { id: '' };
      await pauseUntilWithoutPermit(frame.permit, frame.run, {
        delayMs: BUSY_DELAY_MS,
        woken: wait.freed,
        why: `transaction '${key}', which another run is in`,
      });
    } finally {
      wait.end();
    }
  }
}

interface Section<T> {
  readonly body: (tx: TransactionHandle) => T;
  /** Adds the value that the commit stores beside the tasks. */
  readonly stage: (tx: OpenTransaction, value: Awaited<T>) => void;
  readonly key?: string;
}

/** The hooks run in the outer frame, so that their calls are no part of the transaction that they commit or undo. */
async function attempt<T>(outer: Frame, { body, stage, key }: Section<T>): Promise<Awaited<T>> {
  const tx = new OpenTransaction(openIn(outer), key === undefined ? {} : { key });
  let isAbandoned = false;
  let committing: Promise<void> | null = null;
  let undoing: Promise<RollbackError | undefined> | null = null;
  const undo = (reason: unknown): Promise<RollbackError | undefined> => {
    undoing ??= tx.rollBack(outer, reason);
    return undoing;
  };
  const watch = outer.scope.onAbandoned(async ({ continues }) => {
    isAbandoned = true;
    if (continues) return;
    const { reason } = outer.run.signal;
    // Once its hooks have started it is committed, unless one of them fails.
    if (committing === null) await undo(reason);
    else await committing.catch(() => undo(reason));
  });
  try {
    const how = { name: 'transaction', onFailure: 'wait', frame: { transaction: tx } } as const;
    const value = await runInScope(outer, how, () => body(tx.values));
    // The run can't complete any more, so its transaction is undone here, or found and continued by the next process.
    if (isAbandoned || outer.run.aborted) throw outer.run.signal.reason;
    stage(tx, value);
    committing = tx.commit(outer);
    await committing;
    return value;
  } catch (error) {
    if (isAbandoned || hasLeft(outer)) throw error;
    throw (await undo(error)) ?? error;
  } finally {
    watch.remove();
  }
}

/** Whether the run has left this process without failing: the process that takes it up finds the tasks done and continues. */
function hasLeft({ run }: Frame): boolean {
  return run.lostBy !== null || run.isEvicted || run.engine.halted;
}
