/**
 * Waits for cache keys that another run of this process computes: the end of a claim wakes the runs that wait for its key.
 *
 * The end of a claim in another process is not seen, so the waiting runs poll too. The end of a claim in this process needs no clock.
 */
import { type CacheAnswer, sharedByCopies } from '@millrace/kernel';
import type { Engine } from '../runs/model.ts';

type CachePort = Engine['opened']['cache'];

/** One wait for a key. It starts before the key is claimed, so that no end is missed in between. */
export interface KeyWait {
  readonly freed: Promise<void>;
  end(): void;
}

class KeyWaits {
  readonly #wakes = new Map<string, Set<() => void>>();
  /** The keys of claims, by lease. */
  readonly keys = new Map<string, string>();

  begin(key: string): KeyWait {
    const { promise: freed, resolve } = Promise.withResolvers<void>();
    const wakes = this.#wakes.get(key) ?? new Set();
    if (wakes.size === 0) this.#wakes.set(key, wakes);
    wakes.add(resolve);
    const end = (): void => {
      wakes.delete(resolve);
      if (wakes.size === 0 && this.#wakes.get(key) === wakes) this.#wakes.delete(key);
    };
    return { freed, end };
  }

  notify(key: string): void {
    for (const wake of this.#wakes.get(key) ?? []) wake();
  }
}

const byEngine = sharedByCopies('key-waits', () => new WeakMap<Engine, KeyWaits>());

function keyWaitsOf(engine: Engine): KeyWaits {
  const known = byEngine.get(engine);
  if (known !== undefined) return known;
  const made = new KeyWaits();
  byEngine.set(engine, made);
  return made;
}

export function waitForKey(engine: Engine, key: string): KeyWait {
  return keyWaitsOf(engine).begin(key);
}

export async function claimKey(
  engine: Engine,
  key: string,
  options: Parameters<CachePort['claim']>[1],
): Promise<CacheAnswer> {
  const answer = await engine.opened.cache.claim(key, options);
  if (answer.status === 'claimed') keyWaitsOf(engine).keys.set(answer.leaseId, key);
  return answer;
}

export async function putKey(engine: Engine, entry: Parameters<CachePort['put']>[0]): Promise<void> {
  await engine.opened.cache.put(entry);
  ended(engine, entry);
}

export async function releaseKey(engine: Engine, leaseId: string): Promise<void> {
  await engine.opened.cache.release(leaseId);
  ended(engine, { key: keyWaitsOf(engine).keys.get(leaseId), leaseId });
}

/** Wakes the runs that wait for the key. */
export function notifyKey(engine: Engine, key: string): void {
  keyWaitsOf(engine).notify(key);
}

function ended(
  engine: Engine,
  { key, leaseId }: { readonly key: string | undefined; readonly leaseId: string | null },
): void {
  const waits = keyWaitsOf(engine);
  if (leaseId !== null) waits.keys.delete(leaseId);
  if (key !== undefined) waits.notify(key);
}
