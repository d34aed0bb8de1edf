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
import { failAtExit, noteEarlyExit, ProcessLifecycle } from './process-lifecycle.ts';
import { readSettings, type Settings } from './settings.ts';

/** Prints a warning that belongs to no run. */
function warn(text: string): void {
  printLine({ level: LEVEL_WARNING, at: machineClock.now(), subject: null, text });
}

const LEVEL_WARNING = 30;
/** A century, in milliseconds: longer than any database is kept. */
const keptForEverMs = 100 * 365 * 24 * 60 * 60 * 1000;

/** Replacements for the settings of the environment and the parts of the machine. */
export interface LocalEngineOptions {
  readonly settings?: Partial<Settings>;
  readonly engine?: Partial<EngineOptions>;
  /** `read`: to look only; nothing is made, migrated or written. Default: `write`. */
  readonly access?: 'write' | 'read';
  /** The length of a lease, and the intervals of the heartbeat and the polls. */
  readonly timing?: Pick<LedgerOptions, 'leaseMs' | 'heartbeatMs' | 'pollMs'>;
}

/**
 * An engine over the database that the settings name, opened at the first run.
 *
 * @param options settings in place of the environment's
 * @throws ConfigurationError when the environment's settings can't be read
 * @example
 * const engine = openEngine({ settings: { databaseUrl: ':memory:' } });
 */
export function openEngine(options: LocalEngineOptions = {}): Engine {
  return engineOver({ ...readSettings(process.env), ...options.settings }, options);
}

/**
 * The engine of a plain script: a call never throws, so each run that it starts fails with the error of settings that can't be read.
 *
 * @example
 * provideRuntime(openDefaultEngine);
 */
export function openDefaultEngine(): Runtime {
  if (isBundledWorker) return new InertRuntime();
  try {
    const engine: Engine = openEngine({ engine: { onUnobserved: () => failAtExit(engine) } });
    noteEarlyExit(engine);
    return engine;
  } catch (error) {
    const engine = engineOver(readSettings({}), { engine: { openLedger: () => Promise.reject(error) } });
    // The next call reads them again.
    engine.retire();
    return engine;
  }
}

function engineOver(settings: Settings, options: LocalEngineOptions): Engine {
  const opened: { store: Store | null } = { store: null };
  const ids = createIdSource({ now: machineClock.now, randomBytes });
  const openLedger = async (): Promise<Ledger> => {
    // Loaded with the first run: a program that only imports Millrace doesn't pay for the database.
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
      // A process that announces flows serves them, and lives long enough to delete old runs.
      announce: async (flowNames) => {
        await ledger.announce(flowNames);
        // Needed even if runs are kept for ever, because deleted runs and expired cache entries leave values behind.
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

/** How long bodies and callbacks may take, and how large values may be. */
function limitsOf({ cancelGraceMs, callbackTimeoutMs, resultBytesMax }: Settings) {
  return { cancelGraceMs, callbackTimeoutMs, resultBytesMax };
}

function heartbeatOver(settings: Settings, onFailure: (text: string) => void): Heartbeat {
  return threadHeartbeat({ databaseUrl: settings.databaseUrl, graceMs: settings.cancelGraceMs, onFailure });
}
