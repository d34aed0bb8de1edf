/** Retention: deletes runs that ended long ago, and whatever else is old, until nothing is left. */
import { machineHost, type PruneCounts, type PruneOptions, pruneStore } from '@millrace/store';
import type { Service } from './service-shape.ts';
import { type RunningService, type ServiceHost, startService } from './service-runner.ts';

/** The ages, store, clock and name of a retention service. */
export interface RetentionOptions
  extends Omit<ServiceHost, 'clock'>,
    Omit<PruneOptions, 'limit' | 'signal' | 'now' | 'clock'> {
  /** Default: the machine's, with timers that do not keep the process alive. */
  readonly clock?: ServiceHost['clock'];
  /** Between the end of one turn and the next over all processes, in milliseconds (default one hour). */
  readonly everyMs?: number;
  /** Called after each pass that deleted something. */
  readonly onPruned?: (counts: PruneCounts) => void;
}

const backgroundClock = { now: machineHost.clock.now, setTimer: machineHost.background.setTimer };
const everyDefaultMs = 60 * 60 * 1_000;
/** A pass of this many outermost runs stays well below the turn's lease. */
const runsPerPass = 200;
const turnMs = 5 * 60 * 1_000;

/**
 * Starts deleting what is old, now and then, for as long as the process lives.
 *
 * @param options the store, the ages in milliseconds, clock and randomness.
 * @returns the running service; stop it before the store is closed.
 * @example
 * const retention = startRetention({ store, random: Math.random, holderId: 'web-1', olderThanMs: 90 * 24 * 3_600_000 });
 * await retention.stop();
 */
export function startRetention(options: RetentionOptions): RunningService {
  const host = { ...options, clock: options.clock ?? backgroundClock };
  return startService(retentionOf(host), host);
}

function retentionOf(options: RetentionOptions): Service {
  const { store, everyMs = everyDefaultMs, onPruned } = options;
  return {
    name: 'retention',
    everyMs,
    turnMs,
    async pass({ isFirstPass, signal }) {
      const orphans = isFirstPass && options.orphans !== false;
      const pruned = await pruneStore(store, { ...options, limit: runsPerPass, orphans, signal });
      const { complete, ...counts } = pruned;
      if (Object.values(counts).some((count) => count > 0)) onPruned?.(pruned);
      return { isComplete: complete, counts };
    },
  };
}
