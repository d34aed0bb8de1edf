/**
 * `concurrency` and `rateLimit`: named limits over all processes. A slot is a lease, so the slot of a dead process becomes free when its
 * lease ends.
 */
import { assertName, ConfigurationError, LimitNotFound, parseDuration } from '@millrace/kernel';
import { namesIn } from '../definitions/names.ts';
import type { Duration } from '@millrace/kernel';
import { LogLevel, writeLine } from '../context/logger.ts';
import { requireFrame } from '../context/run-context.ts';
import { currentRuntime } from '../runs/default-runtime.ts';
import type { LimitView } from '@millrace/kernel';
import type { Frame } from '../runs/model.ts';
import { frameWithin, runInFrame } from '../runs/frame.ts';
import { type AcquireOptions, acquireSlots, releaseSlots } from './acquire.ts';
import { SlotsOfBlock } from './held-slots.ts';
import { slotWaitsOf } from './slot-waits.ts';

/** The number of slots, and the longest wait for them. */
export interface SlotOptions {
  /** How many slots; default 1. */
  readonly occupy?: number;
  /** The longest wait; default: none. */
  readonly timeout?: Duration;
  /** Whether a name without a limit is an error; default false: it limits nothing. */
  readonly strict?: boolean;
}

/**
 * Runs a body while holding slots of one or more named limits (all or none). A name without a limit limits nothing.
 *
 * @param names the limit, or several
 * @param body what runs under the limit
 * @throws ConcurrencyTimeout naming the holders; LimitNotFound with `strict`; what the body throws
 * @example
 * await concurrency('db', { occupy: 1, timeout: '5m' }, async () => query());
 */
export function concurrency<T>(names: string | readonly string[], body: () => T): Promise<Awaited<T>>;
export function concurrency<T>(
  names: string | readonly string[],
  options: SlotOptions,
  body: () => T,
): Promise<Awaited<T>>;
export async function concurrency<T>(
  names: string | readonly string[],
  second: SlotOptions | (() => T),
  third?: () => T,
): Promise<Awaited<T>> {
  const [options, body] = typeof second === 'function' ? [{}, second] : [second, third];
  if (body === undefined) throw new ConfigurationError('concurrency(names, options, body) needs a body.');
  const frame = requireFrame('concurrency()');
  return await frame.runtime.block(frame, {
    name: 'concurrency',
    args: [names, options],
    body,
    here: () => concurrencyHere(frame, { names, options, body }),
  });
}

interface Limited<T> {
  readonly names: string | readonly string[];
  readonly options: SlotOptions;
  readonly body: () => T;
}

async function concurrencyHere<T>(frame: Frame, { names, options, body }: Limited<T>): Promise<Awaited<T>> {
  frame.scope.requireOpen();
  const request = requestOf(names, options, 'concurrency');
  if (options.strict === true) await requireLimits(frame, request);
  const leaseId = await acquireSlots(frame.run, request);
  frame.run.tree.held += 1;
  const held = new SlotsOfBlock(frame.run, { ...request.request, permit: frame.permit });
  if (leaseId !== null) slotWaitsOf(frame.run.engine).hold(held);
  let isHeld = true;
  const release = async (): Promise<void> => {
    if (!isHeld) return;
    isHeld = false;
    frame.run.tree.held -= 1;
    if (leaseId !== null) await releaseSlots(frame.run.engine, { leaseId, request: request.request, held });
  };
  const registration = frame.scope.onAbandoned(release);
  try {
    // The scope may have closed during the wait for the slots.
    frame.scope.requireOpen();
    return await runInFrame(frameWithin(frame, { permit: held }), async () => await body());
  } finally {
    registration.remove();
    await release();
  }
}

/**
 * Takes slots of a rate limit and goes on; they come back by the limit's decay.
 *
 * @param names the limit, or several
 * @throws ConcurrencyTimeout naming the holders; LimitNotFound with `strict`
 * @example
 * await rateLimit('api', { occupy: 1 });
 */
export async function rateLimit(names: string | readonly string[], options: SlotOptions = {}): Promise<void> {
  const frame = requireFrame('rateLimit()');
  await frame.runtime.request(frame, {
    name: 'limits.rateLimit',
    args: [names, options],
    here: () => rateLimitHere(frame, names, options),
  });
}

async function rateLimitHere(frame: Frame, names: string | readonly string[], options: SlotOptions): Promise<void> {
  frame.scope.requireOpen();
  const request = requestOf(names, options, 'rate');
  if (options.strict === true) await requireLimits(frame, request);
  await acquireSlots(frame.run, request);
}

async function requireLimits(frame: Frame, { request }: AcquireOptions): Promise<void> {
  for (const limitName of request.names) {
    if ((await frame.run.engine.opened.limits.get(limitName)) === undefined) throw new LimitNotFound({ limitName });
  }
}

function requestOf(
  names: string | readonly string[],
  options: SlotOptions,
  mode: 'concurrency' | 'rate',
): AcquireOptions {
  const frame = requireFrame('limits');
  const { occupy = 1, timeout } = options;
  if (!(Number.isSafeInteger(occupy) && occupy >= 1))
    throw new ConfigurationError(`occupy must be a whole number of 1 or more, not ${String(occupy)}.`);
  const list = namesIn('limit', names);
  return {
    request: { names: list, occupy, mode, holderId: frame.run.id },
    permit: frame.permit,
    onWait: (name, heldBy) =>
      writeLine(frame, {
        level: LogLevel.info,
        text: `Waits for a slot of '${name}'${heldBy.length === 0 ? '' : `, held by ${heldBy.join(', ')}`}.`,
        print: false,
      }),
    timeoutMs: timeout === undefined ? null : parseDuration(timeout, 'timeout'),
  };
}

/**
 * Named limits: made, read and removed.
 *
 * @example
 * await concurrencyLimit.set('db', { limit: 4 });
 * await concurrencyLimit.set('api', { limit: 25, slotDecayPerSecond: 25 });
 */
export const concurrencyLimit = {
  async set(
    name: string,
    options: { readonly limit: number; readonly slotDecayPerSecond?: number; readonly active?: boolean },
  ): Promise<void> {
    assertName('limit', name);
    if (!(Number.isSafeInteger(options.limit) && options.limit >= 0)) {
      throw new ConfigurationError(
        `The limit of '${name}' must be a whole number of 0 or more, not ${String(options.limit)}.`,
      );
    }
    await (await currentRuntime().ledger()).limits.set({ name, ...options });
  },
  async get(name: string): Promise<LimitView | undefined> {
    return await (await currentRuntime().ledger()).limits.get(name);
  },
  async list(): Promise<readonly LimitView[]> {
    return await (await currentRuntime().ledger()).limits.list();
  },
  async remove(name: string): Promise<boolean> {
    return await (await currentRuntime().ledger()).limits.remove(name);
  },
};
