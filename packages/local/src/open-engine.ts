/**
 * The composition root of a plain script: engine, ledger and store in one process.
 */
import { Engine, type EngineOptions } from '@millrace/engine';
import { InertRuntime, type Runtime } from '@millrace/engine/internal';
import { createIdSource } from '@millrace/kernel';
import type { Ledger } from '@millrace/kernel';
import type { Heartbeat, LedgerOptions, RunningService } from '@millrace/ledger';
import type { Store } from '@millrace/store';
import { printLine } from './adapters/console-lines.ts';
import { threadHeartbeat } from './adapters/heartbeat-thread.ts';
import { isProcessAlive, thisProcess } from './adapters/host.ts';
import { machineClock, monotonic } from './adapters/machine-clock.ts';
import { digest, random, randomBytes } from './adapters/machine-random.ts';
import { isBundledWorker } from './isolation/bundled-worker.ts';
import { LazyIsolator } from './isolation/lazy-isolator.ts';
import { failAtExit, warnOfEarlyExit, ProcessLifecycle } from './process-lifecycle.ts';
import { readSettings, type Settings } from './settings.ts';

/** Prints a warning that belongs to no run. */
function warn(text: string): void {
  printLine({ level: LEVEL_WARNING, at: machineClock.now(), subject: null, text });
}

const LEVEL_WARNING = 30;
/** A century in milliseconds: longer than any database is kept. */
const keptForEverMs = 100 * 365 * 24 * 60 * 60 * 1000;

/** Replacements for settings of the environment and for parts of the machine. */
export interface LocalEngineOptions {
  readonly settings?: Partial<Settings>;
  readonly engine?: Partial<EngineOptions>;
  /** `read`: nothing is created, migrated or written. Default: `write`. */
  readonly access?: 'write' | 'read';
  /** The duration of the session's lease, and the intervals of its extension and of polling. */
  readonly timing?: Pick<LedgerOptions, 'leaseMs' | 'heartbeatMs' | 'pollMs'>;
}

/**
 * An engine over the database that the settings name, opened at the first run.
 *
 * @param options settings that replace those of the environment
 * @throws ConfigurationError if the environment's settings can't be read
 * @example
 * const engine = openEngine({ settings: { databaseUrl: ':memory:' } });
 */
export function openEngine(options: LocalEngineOptions = {}): Engine {
  return engineOver({ ...readSettings(process.env), ...options.settings }, options);
}

/**
 * The engine of a plain script. It never throws: if the settings can't be read, each run that it starts fails with that error.
 *
 * @example
 * provideRuntime(openDefaultEngine);
 */
export function openDefaultEngine(): Runtime {
  if (isBundledWorker) return new InertRuntime();
  try {
    const engine: Engine = openEngine({ engine: { onUnobserved: () => failAtExit(engine) } });
    warnOfEarlyExit(engine);
    return engine;
  } catch (error) {
    const engine = engineOver(readSettings({}), { engine: { openLedger: () => Promise.reject(error) } });
    // The next call reads the settings again.
    engine.retire();
    return engine;
  }
}

function engineOver(settings: Settings, options: LocalEngineOptions): Engine {
  const opened: { store: Store | null } = { store: null };
  const ids = createIdSource({ now: machineClock.now, randomBytes });
  const openLedger = async (): Promise<Ledger> => {
    // Loaded at the first run, because a program that only imports Millrace should not pay for the database.
    const [{ createLedger, startRetention }, { openStore }] = await Promise.all([
      import('@millrace/ledger'),
      import('@millrace/store'),
    ]);
    const { databaseUrl: url, durability } = settings;
    const store = await openStore({ url, durability, access: options.access ?? 'write' });
    opened.store = store;
    const ledger = createLedger({
      store,
      clock: machineClock,
      monotonic,
      random,
      ids,
      process: thisProcess(),
      isProcessAlive,
      orphanGraceMs: settings.orphanGraceMs,
      ...(settings.databaseUrl.includes(':memory:') ? {} : { heartbeat: heartbeatOver(settings, warn) }),
      ...options.timing,
    });
    let retention: RunningService | null = null;
    return {
      ...ledger,
      // A process that announces flows serves them, and lives long enough for retention.
      announce: async (flowNames) => {
        await ledger.announce(flowNames);
        // Retention runs even if runs are kept for ever, because deleted runs and expired cache entries leave values behind.
        const olderThanMs = settings.retentionMs ?? keptForEverMs;
        retention ??= startRetention({ store, random, holderId: ids(), olderThanMs });
      },
      close: async () => {
        lifecycle.stirred();
        await retention?.stop();
        await ledger.close();
        await store.close();
      },
    };
  };
  const lifecycle = new ProcessLifecycle(() => engine, { atExit: () => opened.store?.flushSync() });
  const engine: Engine = new Engine({
    openLedger,
    clock: machineClock,
    random,
    ids,
    digest,
    print: printLine,
    logLevel: settings.logLevel,
    ...limitsOf(settings),
    isolator: new LazyIsolator(),
    onBusy: (isBusy) => lifecycle.busy(isBusy),
    ...options.engine,
  });
  return engine;
}

/** The limits on the duration of bodies and callbacks and on the size of values. */
function limitsOf({ cancelGraceMs, callbackTimeoutMs, resultBytesMax }: Settings) {
  return { cancelGraceMs, callbackTimeoutMs, resultBytesMax };
}

function heartbeatOver(settings: Settings, onFailure: (text: string) => void): Heartbeat {
  return threadHeartbeat({ databaseUrl: settings.databaseUrl, graceMs: settings.cancelGraceMs, onFailure });
}
