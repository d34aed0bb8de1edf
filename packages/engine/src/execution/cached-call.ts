/**
 * Calls the body of a task, or returns its cached value. Of all calls with one cache key, in all processes, one computes the value and the
 * others wait for it.
 */
import { bindParameters } from '../definitions/bind-parameters.ts';
import { contextPosition } from '../definitions/context-parameter.ts';
import type { TaskRun } from '../runs/model.ts';
import {
  BlobMissing,
  type CacheAnswer,
  cacheKey as policyKey,
  RunCancelled,
  ConfigurationError,
  isKey,
  KEY_LENGTH_MAX,
} from '@millrace/kernel';
import { contextOf } from '../context/run-context.ts';
import type { TaskDefinition } from '../definitions/definition.ts';
import { assertOnlyInFile, claimUse } from '../runs/name-claims.ts';
import { argumentsFor } from '../context/body-arguments.ts';
import { collect, isGenerator } from '../futures/generator.ts';
import { leaveHandled } from '../runs/callbacks.ts';
import { pauseUntilWithoutPermit } from '../runs/interruptible-waits.ts';
import type { TaskCall } from './task-call.ts';
import type { TaskFrame } from '../runs/task-frame.ts';
import { decodeOutcome } from '../runs/values.ts';
import { claimKey, notifyKey, putKey, releaseKey, waitForKey } from '../transactions/key-waits.ts';

/** How long to wait before asking for a busy key again: longer and longer. */
const BUSY_DELAY_MS = 25;
const BUSY_DELAY_MAX_MS = 500;

/** Calls the body of an attempt at a task, or returns the cached value. */
export function callWithCache(run: TaskRun, call: TaskCall, frame: TaskFrame): unknown {
  const { definition } = run;
  if (definition.cache === null && definition.cacheKey === null) return callBody(run, call, frame);
  return cached(run, call, frame);
}

function callBody(run: TaskRun, call: TaskCall, frame: TaskFrame): unknown {
  const { definition } = run;
  const body = run.engine.bodyOf(definition) as (...given: readonly unknown[]) => unknown;
  const isolation = isolationOf(run);
  if (isolation !== null) {
    const { isolator } = run.engine;
    if (isolator === null)
      throw new ConfigurationError(
        `Task '${definition.name}' asks for isolation, and this engine has none: give it a double, or isolate: 'inline'.`,
      );
    assertOnlyInFile(definition, 'a worker finds its task by file and name');
    return isolator.run({
      definition,
      args: call.args,
      mode: isolation.mode,
      frame,
      size: isolation.size,
      onBegin: () => frame.onBegin(),
    });
  }
  // A test's double takes the context where its own text says so.
  const taking = body === definition.body ? definition : { contextPosition: contextPosition(body) };
  return body(...argumentsFor(taking, call.args, frame));
}

/** Where the body runs; null = here. */
export function isolationOf(run: TaskRun): { readonly mode: 'thread' | 'process'; readonly size: number } | null {
  const { definition } = run;
  // A test's double is called here.
  if (run.engine.bodyOf(definition) !== definition.body) return null;
  const runner = run.caller?.flow?.run.definition.runner ?? null;
  const size = runner === null || runner.kind === 'concurrent' ? 2 : runner.limit;
  if (definition.isolate !== null) return definition.isolate === 'inline' ? null : { mode: definition.isolate, size };
  if (runner === null || runner.kind === 'concurrent') return null;
  return { mode: runner.kind === 'threads' ? 'thread' : 'process', size };
}

async function cached(run: TaskRun, call: TaskCall, frame: TaskFrame): Promise<unknown> {
  const { definition } = run;
  const key = keyOf(run, call, frame);
  if (key === undefined) return await callBody(run, call, frame);
  claimUse(run.engine, definition, cacheUse(run));
  storeUnder(run, key);
  let isGone = false;
  for (let delayMs = BUSY_DELAY_MS; ; delayMs = Math.min(delayMs * 2, BUSY_DELAY_MAX_MS)) {
    const wait = waitForKey(run.engine, key);
    try {
      const answer = await ask(run, { key, isGone }, frame);
      if (answer.status === 'hit') {
        // Computed by this very run, whose process died before that was recorded: it is no hit.
        if (answer.taskRunId !== run.id) run.findInCache(key);
        return await decodeOutcome(run.engine, definition, answer.outcome);
      }
      if (answer.status === 'claimed') {
        const { leaseId } = answer;
        const stored = isGone ? await storedAgain(run, { key, leaseId }) : undefined;
        return stored === undefined ? await compute(run, call, { frame, key, leaseId }) : stored.value;
      }
      await pauseUntilWithoutPermit(frame.permit, run, {
        delayMs,
        woken: wait.freed,
        why: `the cached value of key '${key}', which another run computes`,
      });
      isGone = false;
    } catch (error) {
      // The value was deleted from its storage: a miss, and the claim finds out whether another run has stored it anew.
      if (isGone || !(error instanceof BlobMissing)) throw error;
      run.findInCache(null);
      isGone = true;
    } finally {
      wait.end();
    }
  }
}

/** Runs share a cache, unless the run is a part of the key. */
function cacheUse(run: TaskRun): Parameters<typeof claimUse>[2] {
  const { cache } = run.definition;
  const isOfRun = cache?.parts.some(({ kind }) => kind === 'runId') === true;
  const use = 'a cached value is found by the name of its task';
  return { use, slot: isOfRun ? `cache ${run.caller?.flow?.run.id ?? run.id}` : 'cache', isOfRun };
}

/** The transaction around comes first: what was computed in it is in the cache only once it has committed. */
async function ask(
  run: TaskRun,
  { key, isGone }: { readonly key: string; readonly isGone: boolean },
  { transaction }: TaskFrame,
): Promise<CacheAnswer> {
  const refresh = isGone || run.definition.refreshCache;
  if (transaction !== null) {
    const staged = refresh ? undefined : await transaction.staged(key);
    if (typeof staged === 'string') return { status: 'hit', outcome: staged, taskRunId: null };
    if (transaction.isComputing(key, run)) return { status: 'busy' };
    transaction.computes(key, run);
    run.onSettled(() => notifyKey(run.engine, key));
  }
  return await claimKey(run.engine, key, { holderId: run.id, refresh });
}

/** The value that another run stored after this one had found it gone; the claim is given back then. */
async function storedAgain(
  run: TaskRun,
  { key, leaseId }: { readonly key: string; readonly leaseId: string },
): Promise<{ readonly value: unknown } | undefined> {
  const { cache } = run.engine.opened;
  try {
    const text = await cache.get(key);
    if (text === undefined) return undefined;
    const value = await decodeOutcome(run.engine, run.definition, text);
    run.findInCache(key);
    await cache.release(leaseId);
    return { value };
  } catch (error) {
    if (error instanceof BlobMissing) return undefined;
    await cache.release(leaseId);
    throw error;
  }
}

function storeUnder(run: TaskRun, key: string | null): void {
  if (run.record !== null && 'cacheKey' in run.record) run.record.cacheKey = key;
}

async function compute(
  run: TaskRun,
  call: TaskCall,
  { frame, key, leaseId }: { readonly frame: TaskFrame; readonly key: string; readonly leaseId: string },
): Promise<unknown> {
  if (frame.isOver || run.aborted) {
    await releaseKey(run.engine, leaseId);
    throw new RunCancelled({ runId: run.id, runName: run.name, reason: 'it was stopped before it began to compute' });
  }
  // Kept with the frame: the end of the attempt releases it, whatever its body still does.
  frame.cacheLease = leaseId;
  const value = await whole(frame, callBody(run, call, frame));
  if (frame.isOver || run.aborted) return value;
  // The reader stopped early, so the list is incomplete: don't cache it.
  if (run.stream?.isLeft === true) {
    storeUnder(run, null);
    return value;
  }
  // Else put by the transaction, when it commits.
  if (frame.transaction === null) frame.cachesUnder = key;
  return value;
}

/**
 * Puts the value into the cache once its task is sure to complete: it may fail after its body has ended, for what the body
 * started. The claim ends with it, or with the attempt that came to nothing (`outcome` null).
 */
export async function endCaching(run: TaskRun, frame: TaskFrame, outcome: string | null): Promise<void> {
  const { cacheLease: leaseId, cachesUnder: key } = frame;
  if (leaseId === null) return;
  if (key === null || outcome === null) {
    frame.cacheLease = null;
    await releaseKey(run.engine, leaseId);
    return;
  }
  const { cacheExpirationMs } = run.definition;
  const expiresAt = cacheExpirationMs === null ? null : run.engine.clock.now() + cacheExpirationMs;
  await putKey(run.engine, { key, leaseId, outcome, taskRunId: run.id, expiresAt });
  // Only now: a value that could not be put leaves the claim to be given back.
  frame.cacheLease = null;
}

async function whole(frame: TaskFrame, given: unknown): Promise<unknown> {
  const returned = await given;
  return isGenerator(returned) ? await collect(frame, returned) : returned;
}

function keyOf(run: TaskRun, call: TaskCall, frame: TaskFrame): string | undefined {
  const { definition } = run;
  if (definition.cacheKey !== null) return checkedKey(definition, definition.cacheKey(contextOf(frame), call.args));
  if (definition.cache === null) return undefined;
  return policyKey(definition.cache, {
    taskKey: definition.name,
    sourceText: definition.body.toString(),
    parameters: () => bindParameters(definition.parameterNames, call.args, definition.restPosition),
    flowParameters: frame.flow?.parameters ?? {},
    flowRunId: frame.flow?.run.id ?? null,
    taskRunId: run.id,
    digest: run.engine.digest,
  });
}

/** Of users without types, too: what is no text would be a key that no two runs agree on. */
function checkedKey({ name }: TaskDefinition, key: unknown): string | undefined {
  leaveHandled(key);
  if (isKey(key)) return key;
  if (key === undefined || key === null) return undefined;
  const text = `a text of ${String(key).length} characters that can't be a key`;
  const given = typeof key === 'string' ? text : key instanceof Promise ? 'a promise' : `a ${typeof key}`;
  throw new ConfigurationError(
    `cacheKey of task '${name}' gave ${given}. Let it return a text of 1 to ${KEY_LENGTH_MAX} whole characters, such as a hash, or undefined for a call that is not to be cached.`,
  );
}
