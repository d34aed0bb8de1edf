/**
 * `transaction`: tasks that take effect together. Their commit hooks run when the body succeeds, their rollback hooks, last
 * first, when it fails; with a key the whole section is done once, over runs and processes.
 *
 * States as Prefect's: a task whose rollback ran becomes RolledBack, and is done again when the flow is retried.
 */
import type { RunView } from '../define/run-context.ts';
import type { Frame, Host, Run, TransactionScope } from '../run/model.ts';
import {
  assertName,
  ConfigurationError,
  decodeValue,
  encodeValue,
  RollbackError,
  StateName,
  type TaskRunRecord,
} from '@millrace/kernel';
import { requireFrame } from '../context/run-context.ts';
import { LogLevel, writeLine } from '../context/logger.ts';
import { viewOf } from '../context/run-view.ts';
import type { TransactionHook } from '../define/options.ts';
import type { Execution } from '@millrace/kernel';
import { runInFrame } from '../run/frame.ts';
import { callHooks } from '../run/hooks.ts';
import { pauseWithout } from '../run/interruptible.ts';
import { completedState } from '../run/states.ts';
import { messageOf } from '../run/values.ts';

const BUSY_DELAY_MS = 50;

/** Whether a transaction is done once, and what others with its key do meanwhile. */
export interface TransactionOptions {
  /** Done once under this key: later calls give the recorded value without running the body. */
  readonly key?: string;
  /** `serializable`: of several callers with one key, one runs and the others wait for it. Default `read-committed`. */
  readonly isolation?: 'read-committed' | 'serializable';
  /** Runs the body even if the key was committed before. */
  readonly overwrite?: boolean;
}

/** What a transaction's body and its hooks share. */
export interface TransactionHandle {
  /** @throws RangeError when nothing was set under this name and there is no fallback */
  get<T = unknown>(name: string, fallback?: T): T;
  set(name: string, value: unknown): void;
}

interface Member {
  readonly record: TaskRunRecord;
  readonly execution: Execution;
  readonly view: RunView;
  readonly onCommit: readonly TransactionHook[];
  readonly onRollback: readonly TransactionHook[];
}

class Transaction implements TransactionScope, TransactionHandle {
  readonly members: Member[] = [];
  readonly #values = new Map<string, unknown>();
  readonly #parent: TransactionHandle | null;
  readonly #onSet: (name: string, value: unknown) => void;

  constructor(parent: TransactionHandle | null, onSet: (name: string, value: unknown) => void = () => {}) {
    this.#parent = parent;
    this.#onSet = onSet;
  }

  joined(run: Run): void {
    const { definition, record, execution } = run;
    if (definition.kind !== 'task' || record === null || !('kind' in record) || execution === null) return;
    this.members.push({
      record,
      execution,
      view: viewOf(run),
      onCommit: definition.onCommit,
      onRollback: definition.onRollback,
    });
  }

  set(name: string, value: unknown): void {
    this.#values.set(name, structuredClone(value));
    this.#onSet(name, value);
  }

  get<T>(name: string, fallback?: T): T {
    if (this.#values.has(name)) return structuredClone(this.#values.get(name)) as T;
    if (this.#parent !== null) return this.#parent.get(name, fallback);
    if (fallback !== undefined) return fallback;
    throw new RangeError(`Nothing was set as '${name}' in this transaction.`);
  }
}

/**
 * Runs a body whose tasks commit or roll back together.
 *
 * @param options `key`: done once; `isolation`
 * @param body gets the transaction's handle
 * @returns what the body returned, or what was recorded under the key
 * @throws what the body or a commit hook threw, after the rollback hooks have run; RollbackError when one of these failed
 * @example
 * await transaction({ key: 'import-42' }, async (tx) => { tx.set('rows', await load()); await publish(); });
 */
export async function transaction<T>(
  options: TransactionOptions,
  body: (tx: TransactionHandle) => T,
): Promise<Awaited<T>> {
  const frame = requireFrame('transaction()');
  if (frame.engine.host !== null) return await onHost(frame.engine.host, options, body);
  const { key, isolation = 'read-committed', overwrite = false } = options;
  if (typeof body !== 'function')
    throw new ConfigurationError('transaction() needs a body: transaction({ key }, async (tx) => ...).');
  if (isolation !== 'read-committed' && isolation !== 'serializable')
    throw new ConfigurationError(
      `isolation of a transaction must be 'read-committed' or 'serializable', not '${String(isolation)}'.`,
    );
  if (key === undefined) return await attempt(frame, body);
  assertName('transaction', key);
  const cacheKey = `transaction:${key}`;
  const lease = await claim(frame, { cacheKey, serializable: isolation === 'serializable', overwrite });
  if (lease.recorded !== undefined) return decodeValue(lease.recorded) as Awaited<T>;
  const { cache } = frame.engine.opened;
  try {
    const value = await attempt(frame, body);
    await cache.put({
      key: cacheKey,
      leaseId: lease.id,
      outcome: encodeValue(value, `transaction '${key}'`),
      taskRunId: null,
      expiresAt: null,
    });
    return value;
  } catch (error) {
    await cache.release(lease.id);
    throw error;
  }
}

/** Within an isolated body: what is set reaches the hooks, which run on the host. */
function onHost<T>(host: Host, options: TransactionOptions, body: (tx: TransactionHandle) => T): Promise<Awaited<T>> {
  const outer = requireFrame('transaction()');
  return host.block(outer, {
    name: 'transaction',
    args: [options],
    isRecorded: options.key !== undefined,
    body: (send) => {
      const parent = outer.transaction instanceof Transaction ? outer.transaction : null;
      const tx = new Transaction(parent, (name, value) => send('set', [name, value]));
      return runInFrame(frameWith(requireFrame('transaction()'), tx), () => body(tx));
    },
  });
}

interface Lease {
  readonly id: string;
  readonly recorded?: string;
}

async function claim(
  frame: Frame,
  wish: { readonly cacheKey: string; readonly serializable: boolean; readonly overwrite: boolean },
): Promise<Lease> {
  const { cache } = frame.engine.opened;
  for (;;) {
    const answer = await cache.claim(wish.cacheKey, { holderId: frame.run.id, refresh: wish.overwrite });
    if (answer.status === 'hit') return { id: '', recorded: answer.outcome };
    if (answer.status === 'claimed') return { id: answer.leaseId };
    if (!wish.serializable) return { id: '' };
    await pauseWithout(frame.place, frame.run, BUSY_DELAY_MS);
  }
}

async function attempt<T>(outer: Frame, body: (tx: TransactionHandle) => T): Promise<Awaited<T>> {
  const tx = new Transaction(outer.transaction instanceof Transaction ? outer.transaction : null);
  const frame = frameWith(outer, tx);
  let value: Awaited<T>;
  try {
    value = await runInFrame(frame, () => body(tx));
    if (outer.transaction instanceof Transaction) outer.transaction.members.push(...tx.members);
    else for (const member of tx.members) for (const hook of member.onCommit) await hook(tx, member.view);
  } catch (error) {
    throw (await rollBack(frame, tx, error)) ?? error;
  }
  return value;
}

/** A task outside any transaction is one of its own, which has committed: what its hooks throw is logged, as nothing is undone. */
export async function commitAlone(run: Run): Promise<void> {
  const { definition } = run;
  if (definition.kind !== 'task' || definition.onCommit.length === 0) return;
  const tx = new Transaction(null);
  const view = viewOf(run);
  await callHooks(
    run,
    definition.onCommit.map((hook) => () => hook(tx, view)),
  );
}

/** Last first, all of them. What could not be undone is no RolledBack; the first such failure is given. */
async function rollBack(frame: Frame, tx: Transaction, reason: unknown): Promise<RollbackError | undefined> {
  let failure: RollbackError | undefined;
  for (const member of tx.members.toReversed()) {
    const failed = await undo(frame, tx, member);
    if (failed !== undefined) {
      const { id: runId, name: runName } = member.view;
      failure ??= new RollbackError({ runId, runName, reason: messageOf(reason), cause: failed.error });
      continue;
    }
    const state = completedState(frame.engine.clock.now(), {
      name: StateName.RolledBack,
      message: 'Rolled back with its transaction.',
    });
    member.execution.proposeTask(member.record, { state, by: 'engine', move: 'rollback' });
  }
  await frame.run.execution?.committed();
  return failure;
}

/** Calls a task's rollback hooks; gives the first error, and logs them all. */
async function undo(frame: Frame, tx: Transaction, member: Member): Promise<{ readonly error: unknown } | undefined> {
  let failed: { readonly error: unknown } | undefined;
  for (const hook of member.onRollback.toReversed()) {
    try {
      await hook(tx, member.view);
    } catch (error) {
      failed ??= { error };
      writeLine(frame, {
        level: LogLevel.error,
        text: `Rollback hook of '${member.view.name}' failed: ${messageOf(error)}`,
        print: true,
      });
    }
  }
  return failed;
}

function frameWith(outer: Frame, tx: Transaction): Frame {
  const { engine, run, scope, flow, childScope, occurrences, logPrints, tags, place } = outer;
  return { engine, run, scope, flow, childScope, occurrences, logPrints, tags, place, transaction: tx };
}
