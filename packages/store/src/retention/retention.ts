/**
 * Retention as a service: started once a process, safe in any number of them. Once in `everyMs` over all processes one
 * takes the turn (a lease, renewed between two passes) and deletes what is old until nothing is left.
 *
 * A pass that fails is told and tried again some minutes later, by whichever process looks first.
 */
import { machineHost, type Timers } from '../adapters/host.ts';
import type { Store } from '../ports/store.ts';
import { pauseUnlessAborted } from './abortable-pause.ts';
import { type PruneCounts, type PruneOptions, pruneStore } from './prune-store.ts';

/** What is kept how long, and what the service needs of the world. */
export interface RetentionOptions extends Omit<PruneOptions, 'limit' | 'signal' | 'now' | 'clock'> {
  readonly store: Store;
  /**
   * Timers and time of this process (default: the machine's, with timers that do not keep it alive). Whether the turn is
   * due only the database's clock decides.
   */
  readonly clock?: Timers & { now(): number };
  /** From 0 up to 1: spreads the processes' looks at the turn. */
  readonly random: () => number;
  /** Who takes the turn, for people: a process's or session's id. */
  readonly holderId: string;
  /** Between the end of one turn and the next over all processes, in milliseconds (default one hour). */
  readonly everyMs?: number;
  /** Told after each pass that deleted something. */
  readonly onPruned?: (counts: PruneCounts) => void;
  /** Told of a pass that failed; it is tried again some minutes later. */
  readonly onError?: (error: unknown) => void;
}

/** A running service. */
export interface RetentionService {
  /** Ends the step at hand, gives the turn back, and resolves when nothing of it runs any more. May be called again. */
  stop(): Promise<void>;
}

const turnName = 'retention';
const everyDefaultMs = 60 * 60 * 1000;
/** A pass of this many outermost runs stays well below the turn's lease; in between the lease is renewed. */
const runsPerPass = 200;
const turnTtlMs = 5 * 60 * 1000;
/** How many times in one period a process looks whether the turn is free. */
const looksPerPeriod = 6;
const backgroundClock = { now: machineHost.clock.now, setTimer: machineHost.background.setTimer };

/**
 * Starts deleting what is old, now and then, for as long as the process lives.
 *
 * @param options the store, the ages in milliseconds, clock and randomness.
 * @returns the service; stop it before the store is closed.
 * @example
 * const retention = startRetention({ store, clock, random: Math.random, holderId: 'web-1', olderThanMs: 90 * 24 * 3_600_000 });
 * await retention.stop();
 */
export function startRetention(options: Readonly<RetentionOptions>): RetentionService {
  const abort = new AbortController();
  const done = serve(options, abort.signal);
  return {
    stop() {
      abort.abort();
      return done;
    },
  };
}

async function serve(options: RetentionOptions, signal: AbortSignal): Promise<void> {
  const clock = options.clock ?? backgroundClock;
  const lookMs = (options.everyMs ?? everyDefaultMs) / looksPerPeriod;
  while (!signal.aborted) {
    try {
      await takeTurn({ ...options, clock }, signal);
    } catch (error) {
      options.onError?.(error);
    }
    await pauseUnlessAborted(clock, lookMs * (0.5 + options.random()), signal);
  }
}

async function takeTurn(options: RetentionOptions, signal: AbortSignal): Promise<void> {
  const { store, holderId, everyMs = everyDefaultMs } = options;
  const turn = { name: turnName, holderId, ttlMs: turnTtlMs, everyMs };
  const token = await store.write(({ turns }) => turns.take(turn));
  if (token === undefined) return;
  let complete = false;
  try {
    for (let first = true; !signal.aborted; first = false) {
      const counts = await pruneStore(store, {
        ...options,
        limit: runsPerPass,
        orphans: first && options.orphans !== false,
        signal,
      });
      complete = counts.complete;
      if (Object.values(counts).some((count) => typeof count === 'number' && count > 0)) options.onPruned?.(counts);
      if (complete) break;
      if (!(await store.write(({ turns }) => turns.extend({ name: turnName, token, ttlMs: turnTtlMs })))) return;
    }
  } finally {
    await store.write(({ turns }) => turns.end({ name: turnName, token, complete }));
  }
}
