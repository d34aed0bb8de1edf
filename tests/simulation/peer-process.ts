/**
 * One simulated process: an engine, a ledger and a store of its own over the shared database. It can be paused, and it
 * dies as a process does: at once, with all that it had in memory.
 */
import { Engine } from '@millrace/engine';
import { shutDown } from '@millrace/engine/internal';
import { createIdSource, type Ledger } from '@millrace/kernel';
import { createLedger } from '@millrace/ledger';
import type { StoreHost } from '@millrace/store';
import { type Dialect, SqlStore } from '@millrace/store/internal';
import { hash } from 'node:crypto';
import type { Owner } from './event-queue.ts';
import { FaultyDialect, type FaultRates } from './faulty-dialect.ts';
import type { CommitWatch } from './commit-watch.ts';
import type { SharedDatabase } from './shared-database.ts';
import type { World } from './world.ts';

/** Shorter than a real one's, so that a simulated minute holds many. */
export const LEASE_MS = 3_000;
const HEARTBEAT_MS = 1_000;
const POLL_MS = 1_000;

/** A planted fault: see bug-farm. Wraps what a process is made of. */
export interface Bug {
  readonly name: string;
  /** The fault, in a sentence. */
  readonly about: string;
  readonly dialect?: (dialect: Dialect, world: World) => Dialect;
  readonly ledger?: (ledger: Ledger, world: World) => Ledger;
  readonly clock?: (clock: StoreHost['clock'], world: World) => StoreHost['clock'];
  /** Changes what is shared by all; gives back how to undo it. */
  readonly plant?: () => () => void;
}

export interface ProcessOptions {
  readonly world: World;
  readonly database: SharedDatabase;
  readonly watch: CommitWatch;
  readonly rates: FaultRates;
  readonly pid: number;
  readonly isPidAlive: (pid: number) => boolean;
  readonly bug: Bug | null;
}

export class PeerProcess implements Owner {
  readonly name: string;
  readonly pid: number;
  readonly dialect: FaultyDialect;
  readonly engine: Engine;
  readonly ledger: Ledger;
  isAlive = true;
  pausedUntil = 0;
  stoodStillUntil = 0;
  sessionId: string | null = null;
  readonly #options: ProcessOptions;
  #deferredAt = 0;

  constructor(options: ProcessOptions) {
    this.#options = options;
    const { world, bug, pid } = options;
    this.pid = pid;
    this.name = `p${pid}`;
    this.dialect = new FaultyDialect({ ...options, process: this });
    const host = this.#host();
    const ids = createIdSource({ now: world.now, randomBytes: world.random.bytes });
    const dialect = bug?.dialect?.(this.dialect, world) ?? this.dialect;
    const store = new SqlStore({ dialect, host, retryMaxMs: 60_000 });
    const ledger = createLedger({
      store,
      clock: host.clock,
      random: world.random.unit,
      ids: () => {
        const id = ids();
        this.sessionId ??= id;
        return id;
      },
      process: { host: 'here', bootId: 'boot', pid, pidStartedAt: pid },
      isProcessAlive: (other) => options.isPidAlive(other.pid),
      leaseMs: LEASE_MS,
      heartbeatMs: HEARTBEAT_MS,
      pollMs: POLL_MS,
    });
    this.ledger = bug?.ledger?.(ledger, world) ?? ledger;
    this.engine = this.#engine(host, ids);
  }

  /** Takes up what the flows have left, until it dies. */
  serve(flowNames: readonly string[]): void {
    this.engine.serve(flowNames, {}).catch((error: unknown) => {
      this.#options.world.note(this, `serving failed: ${String(error)}`);
      // A service whose start failed is started again by its supervisor.
      this.#options.world.schedule(this, 500, { label: 'serves again', run: () => this.serve(flowNames) });
    });
  }

  /** Everything in memory is gone; an open transaction is taken back by the database. */
  crash(why: string): void {
    if (!this.isAlive) return;
    this.#options.world.note(this, `dies ${why}`);
    this.isAlive = false;
    void this.dialect.rollback();
  }

  /** SIGTERM: it hands its runs over, and is gone. */
  handOver(): void {
    if (!this.isAlive) return;
    this.#options.world.note(this, 'is asked to end');
    const end = (): void => this.crash('with its runs handed over');
    shutDown(this.engine, { reason: 'SIGTERM' }).then(end, (error: unknown) => {
      this.crash(`because stopping failed: ${String(error)}`);
    });
  }

  /** Its loop stands still: timers and answers wait. */
  pause(ms: number): void {
    const { world } = this.#options;
    world.note(this, `stands still for ${ms} ms`);
    this.pausedUntil = world.elapsedMs + ms;
    this.stoodStillUntil = world.now() + ms;
  }

  #engine(host: StoreHost, ids: () => string): Engine {
    const { world } = this.#options;
    return new Engine({
      openLedger: async () => this.ledger,
      clock: host.clock,
      random: world.random.unit,
      ids,
      digest: (text) => hash('sha256', text, 'base64url').slice(0, 22),
      print: ({ text }) => world.note(this, `prints ${text}`),
      cancelGraceMs: 1_000,
      parkAfterMs: 400,
      // Some of them keep a run that waits in memory.
      idleTreesMax: world.random.unit() < 0.5 ? 0 : 1,
      pollMs: POLL_MS,
    });
  }

  #host(): StoreHost {
    const { world, bug } = this.#options;
    const clock = {
      now: world.now,
      setTimer: (delayMs: number, callback: () => void) =>
        world.schedule(this, Math.max(0, delayMs) + world.random.unit(), { label: 'timer', run: callback }),
    };
    return {
      clock: bug?.clock?.(clock, world) ?? clock,
      background: clock,
      defer: (callback) => {
        // In the order they were asked for, as immediates are.
        this.#deferredAt = Math.max(this.#deferredAt, world.elapsedMs) + 0.01 + world.random.unit() * 0.1;
        world.schedule(this, this.#deferredAt - world.elapsedMs, { label: 'deferred', run: callback });
      },
      random: world.random.unit,
      uniqueId: () => Buffer.from(world.random.bytes(16)).toString('hex'),
    };
  }
}
