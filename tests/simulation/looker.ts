/**
 * Another process that only looks: `flow-run ls`, `inspect`, `task-run ls` and the look for orphans, between two events. Whatever it finds, no
 * row is touched by it, and what a live process holds is no orphan to it.
 */
import { createIdSource, type FlowRunRecord, type Ledger, type Orphan } from '@millrace/kernel';
import { createLedger } from '@millrace/ledger';
import type { SqlStore } from '@millrace/store/internal';
import type { Mirror } from './mirror.ts';
import type { SharedDatabase } from './shared-database.ts';
import { type Bug, LEASE_MS } from './peer-process.ts';
import type { World } from './world.ts';

export interface LookerOptions {
  readonly world: World;
  readonly mirror: Mirror;
  readonly database: SharedDatabase;
  /** Reads past all faults. */
  readonly store: SqlStore;
  readonly isPidAlive: (pid: number) => boolean;
  readonly isSessionDead: (sessionId: string) => boolean;
  readonly bug: Bug | null;
}

/** No simulated process has this. */
const PID = 1_000_000;

export class Looker {
  readonly #options: LookerOptions;
  readonly #ledger: Ledger;

  constructor(options: LookerOptions) {
    this.#options = options;
    const { world, store, bug } = options;
    const ledger = createLedger({
      store,
      clock: { now: world.now, setTimer: (delayMs, run) => world.schedule(null, delayMs, { label: 'looks on', run }) },
      random: world.random.unit,
      ids: createIdSource({ now: world.now, randomBytes: world.random.bytes }),
      process: { host: 'here', bootId: 'boot', pid: PID, pidStartedAt: PID },
      isProcessAlive: ({ pid }) => pid === PID || options.isPidAlive(pid),
      leaseMs: LEASE_MS,
    });
    this.#ledger = bug?.ledger?.(ledger, world) ?? ledger;
  }

  /** Only while no transaction is open: it sees what is committed. */
  async look(): Promise<void> {
    const { world, database } = this.#options;
    const before = await database.changeCount();
    await this.#lookAtAll();
    const after = await database.changeCount();
    world.note(null, 'was looked at');
    if (after !== before) world.violate(`I16 a look changed ${after - before} rows`);
  }

  async #lookAtAll(): Promise<void> {
    const { runs } = this.#ledger;
    const { random } = this.#options.world;
    const found = await runs.flowRuns({ limit: 50 });
    if (found.length === 0) return;
    const orphans = await runs.orphans(found);
    for (const run of found) this.#checkOrphan(run, orphans.get(run.id));
    await runs.waits(found);
    const { id } = random.pick(found);
    const run = await runs.flowRun(id);
    if (run !== undefined) await runs.outcome(run);
    const tasks = await runs.taskRuns({ flowRunId: id, limit: 50 });
    await runs.orphans(tasks);
    await runs.countTaskRuns({ flowRunId: id });
    await runs.logs({ flowRunId: id, limit: 50 });
  }

  #checkOrphan({ id, sessionId }: FlowRunRecord, orphan: Orphan | undefined): void {
    const { world, mirror, isSessionDead } = this.#options;
    if (orphan === undefined || sessionId === null) return;
    if (mirror.isLive(sessionId, world.now()) && !isSessionDead(sessionId))
      world.violate(`I16 ${id} is shown as an orphan and ${sessionId}, which holds it, is alive`);
  }
}
