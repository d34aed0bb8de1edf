/**
 * One simulation: a seed decides the programs, the processes and what befalls them. A phase with faults, then a calm in
 * which every run must come to what its plan says.
 */
import { resume } from '@millrace/engine';
import { withRuntime } from '@millrace/engine/internal';
import { awaitingRetry, awaitsResume, encodeValue, resuming, suspended } from '@millrace/kernel';
import { verifyStore } from '@millrace/ledger/verify';
import { machineHost } from '@millrace/store';
import { SqlStore } from '@millrace/store/internal';
import { ClientRuns } from './client-runs.ts';
import { CommitWatch } from './commit-watch.ts';
import { Effects } from './effects.ts';
import type { FaultRates } from './faulty-dialect.ts';
import { Looker } from './looker.ts';
import { isEnded, Mirror } from './mirror.ts';
import { limits, mayBeRefused, type Program, randomProgram, signalsOf } from './plan.ts';
import { flowOf, program } from './program.ts';
import { checkOutcomes } from './check-outcomes.ts';
import { SharedDatabase } from './shared-database.ts';
import { type Bug, LEASE_MS, PeerProcess } from './peer-process.ts';
import { enterStage } from './stage.ts';
import { World } from './world.ts';

/** The calm lasts this long at most. */
const CALM_MAX_MS = 240_000;
/** More events than any sound simulation has. */
const EVENTS_MAX = 400_000;
const VERIFY_EVERY = 150;
/** Between two looks by another process. */
const LOOK_EVERY_MS = [300, 5_000] as const;
const SERVED = ['program'];
/** How often a client resumes a run that it suspended, until the run has ended. */
const RESUME_EVERY_MS = 2_000;

export interface SimulationOptions {
  readonly seed: number;
  readonly bug?: Bug | null;
  /** How many of the last lines of the trace are kept. */
  readonly traceLines?: number;
}

export interface SimulationResult {
  readonly seed: number;
  readonly hash: string;
  readonly violations: readonly string[];
  readonly lines: readonly string[];
  readonly eventCount: number;
  readonly commitCount: number;
  readonly crashCount: number;
  readonly virtualMs: number;
}

/** Runs one seed to its end. One at a time in a process. */
export async function simulate(options: SimulationOptions): Promise<SimulationResult> {
  const uproot = options.bug?.plant?.();
  try {
    return await new Simulation(options).run();
  } finally {
    enterStage(null);
    uproot?.();
  }
}

class Simulation {
  readonly #seed: number;
  readonly #world: World;
  readonly #mirror = new Mirror();
  readonly #bug: Bug | null;
  readonly #processes: PeerProcess[] = [];
  readonly #programs: readonly Program[];
  readonly #rates: FaultRates;
  readonly #faultMs: number;
  readonly #knowsPids: boolean;
  readonly #watch: CommitWatch;
  readonly #clientRuns: ClientRuns;
  #database: SharedDatabase | null = null;
  #pid = 0;
  #crashCount = 0;
  #verifyAt = VERIFY_EVERY;
  #lookAt = 0;

  constructor({ seed, bug = null, traceLines = 0 }: SimulationOptions) {
    this.#seed = seed;
    this.#bug = bug;
    this.#world = new World(seed, traceLines);
    const { random } = this.#world;
    this.#programs = Array.from({ length: random.between(1, 3) }, (_, index) => randomProgram(random, index));
    const rate = (): number => random.pick([0, 0, 0.01, 0.05]);
    this.#rates = {
      busy: rate(),
      lost: rate(),
      lostAfterCommit: rate(),
      full: random.pick([0, 0, 0, 0.01]),
      conflict: rate(),
      slow: random.pick([0, 0.05, 0.3]),
      crash: random.pick([0, 0, 0.005, 0.02]),
    };
    this.#faultMs = random.between(2_000, 20_000);
    this.#knowsPids = random.chance(0.5);
    this.#watch = new CommitWatch({
      world: this.#world,
      mirror: this.#mirror,
      limits,
      isSessionDead: (id) => this.#isSessionDead(id),
      onCommit: (committer) => {
        for (const process of this.#processes) if (process !== committer && process.isAlive) process.dialect.notify();
      },
    });
    this.#clientRuns = new ClientRuns({
      world: this.#world,
      ask: (delayMs, request) => this.#ask(delayMs, request),
    });
  }

  async run(): Promise<SimulationResult> {
    const world = this.#world;
    this.#database = await SharedDatabase.open(world);
    const here = (): PeerProcess => {
      const owner = world.current;
      if (!(owner instanceof PeerProcess)) throw new Error('a body runs in no process');
      return owner;
    };
    enterStage({ world, effects: new Effects({ world, mirror: this.#mirror, watch: this.#watch, here }) });
    const observer = this.#observer();
    await observer.write(async ({ slots }) => {
      for (const [name, limit] of limits) await slots.setLimit({ name, limit, slotDecayPerSecond: 0, active: true });
    });
    const count = world.random.between(1, 3);
    for (let index = 0; index < count; index += 1) this.#start();
    for (const item of this.#programs) this.#introduce(item);
    this.#clientRuns.introduce();
    await this.#untilAllEnded(observer);
    // A transaction that is still open is not committed, and the look at the rows is not to wait for it.
    await this.#database.inner.rollback();
    if (world.violations.length === 0) await this.#verify(observer, 'report');
    if (world.violations.length === 0)
      await checkOutcomes({
        world,
        store: observer,
        programs: this.#programs,
        mirror: this.#mirror,
        watch: this.#watch,
      });
    if (world.violations.length === 0) await this.#clientRuns.check(observer);
    await this.#database.inner.close();
    return {
      seed: this.#seed,
      violations: world.violations,
      lines: world.trace.lines,
      eventCount: world.eventCount,
      commitCount: this.#watch.commitCount,
      crashCount: this.#crashCount,
      virtualMs: Math.round(world.elapsedMs),
      hash: world.trace.digest(),
    };
  }

  async #untilAllEnded(observer: SqlStore): Promise<void> {
    const world = this.#world;
    const looker = this.#looker(observer);
    while (world.violations.length === 0) {
      if (world.isFaulty && world.elapsedMs > this.#faultMs) {
        world.isFaulty = false;
        world.note(null, 'calm');
      }
      if (!world.isFaulty && this.#isDone()) return;
      if (world.elapsedMs > this.#faultMs + CALM_MAX_MS || world.eventCount > EVENTS_MAX) {
        this.#reportStuck();
        return;
      }
      if (!(await world.step())) {
        world.violate('nothing is left to happen, and not all runs have ended');
        return;
      }
      this.#goOnWithRefused();
      if (world.elapsedMs >= this.#lookAt && this.#database?.holder === null) {
        this.#lookAt = world.elapsedMs + world.random.between(...LOOK_EVERY_MS);
        await looker.look();
      }
      if (this.#watch.commitCount >= this.#verifyAt && this.#database?.holder === null) {
        this.#verifyAt = this.#watch.commitCount + VERIFY_EVERY;
        await this.#verify(observer, 'ignore');
      }
    }
  }

  #isDone(): boolean {
    if (!this.#clientRuns.isDone) return false;
    return this.#programs.every(({ key }) => {
      const row = this.#mirror.byKey.get(key);
      return row !== undefined && isEnded(row.stateType) && !row.isRefused;
    });
  }

  #reportStuck(): void {
    if (!this.#clientRuns.isDone) this.#world.violate('Liveness: a client waits for an answer for ever');
    for (const { key } of this.#programs) {
      const row = this.#mirror.byKey.get(key);
      if (row === undefined || !isEnded(row.stateType))
        this.#world.violate(`Liveness: ${key} is ${row?.stateType ?? 'not recorded'} for ever`);
    }
  }

  #start(): void {
    const database = this.#database;
    if (database === null) throw new Error('no database yet');
    this.#pid += 1;
    const world = this.#world;
    const process = new PeerProcess({
      world,
      database,
      watch: this.#watch,
      rates: this.#rates,
      pid: this.#pid,
      isPidAlive: (pid) => this.#isPidAlive(pid),
      bug: this.#bug,
    });
    this.#processes.push(process);
    world.schedule(process, 0, { label: 'starts', run: () => process.serve(SERVED) });
    this.#plotAgainst(process);
    world.schedule(null, 100, { label: 'is looked after', run: () => this.#lookAfter(process) });
  }

  /** The faults of the process, and their times. */
  #plotAgainst(process: PeerProcess): void {
    const world = this.#world;
    const { random } = world;
    if (!world.isFaulty) return;
    if (random.chance(0.5)) {
      const run = (): void => {
        if (world.isFaulty) process.crash('by a signal');
      };
      world.schedule(null, random.between(50, 8_000), { label: `kills ${process.name}`, run });
    }
    if (random.chance(0.3)) {
      const run = (): void => {
        if (world.isFaulty) process.pause(random.between(100, 3 * LEASE_MS));
      };
      world.schedule(null, random.between(50, 8_000), { label: `stops ${process.name}`, run });
    }
    if (random.chance(0.3)) {
      const run = (): void => process.handOver();
      world.schedule(process, random.between(50, 8_000), { label: `ends ${process.name}`, run });
    }
  }

  /** A dead process is replaced, sooner or later. */
  #lookAfter(process: PeerProcess): void {
    const world = this.#world;
    if (process.isAlive) {
      world.schedule(null, 200, { label: 'is looked after', run: () => this.#lookAfter(process) });
      return;
    }
    this.#crashCount += 1;
    world.schedule(null, world.random.between(50, 5_000), { label: 'is replaced', run: () => this.#start() });
  }

  #isPidAlive(pid: number): boolean {
    return !this.#knowsPids || this.#processes.some((process) => process.pid === pid && process.isAlive);
  }

  #isSessionDead(sessionId: string): boolean {
    return !this.#processes.some((process) => process.sessionId === sessionId && process.isAlive);
  }

  /** Clients: they start the program, send it its signals, cancel it, and ask again until they have an answer. */
  #introduce(item: Program): void {
    this.#ask(item.startAtMs, () => this.#startProgram(item));
    if (item.isStartedTwice) this.#ask(item.startAtMs + 20, () => this.#startProgram(item));
    for (const { name, payloads } of signalsOf(item.plan.nodes))
      for (const payload of payloads) this.#askToSignal(item, { name, payload });
    if (item.cancelAtMs !== null) this.#ask(item.cancelAtMs, (process) => this.#cancel(item, process));
    if (item.suspendAtMs === null) return;
    this.#ask(item.suspendAtMs, (process) => this.#suspend(item, process));
    this.#resumeLater(item, item.suspendAtMs + RESUME_EVERY_MS);
  }

  #askToSignal(item: Program, { name, payload }: { readonly name: string; readonly payload: number }): void {
    const text = encodeValue(payload, 'signal');
    const signal = { name, payload: text, idempotencyKey: `${name} ${payload}` };
    this.#ask(item.startAtMs + this.#world.random.between(0, 9_000), (process) =>
      this.#withRun(item, (id) => process.ledger.runs.sendSignal(id, signal)),
    );
  }

  /** Asks a living process, and again after a failure or without an answer. */
  #ask(delayMs: number, request: (process: PeerProcess) => Promise<unknown> | undefined): void {
    const world = this.#world;
    const ask = (): void => {
      const process = world.random.pick(
        this.#processes.filter(({ isAlive }) => isAlive).concat(this.#processes.slice(-1)),
      );
      let isAnswered = false;
      if (process.isAlive) {
        world.schedule(process, 0, {
          label: 'is asked',
          run: () => {
            request(process)?.then(
              () => {
                isAnswered = true;
              },
              (error: unknown) => world.note(process, `refuses: ${String(error).slice(0, 80)}`),
            );
          },
        });
      }
      world.schedule(null, 1_500, {
        label: 'was heard?',
        run: () => {
          if (!isAnswered) ask();
        },
      });
    };
    world.schedule(null, delayMs, { label: 'a client', run: ask });
  }

  #withRun(item: Program, request: (id: string) => Promise<unknown>): Promise<unknown> | undefined {
    const row = this.#mirror.byKey.get(item.key);
    return row === undefined ? undefined : request(row.id);
  }

  /** Answered when it is recorded. */
  #startProgram(item: Program): Promise<unknown> {
    const process = this.#world.current as PeerProcess;
    const definition = flowOf(program, item.plan).with({ idempotencyKey: item.key });
    return withRuntime(process.engine, () => definition.start(item.plan)).then((handle) => {
      const row = this.#mirror.byKey.get(item.key);
      if (row?.id !== handle.id)
        this.#world.violate(
          `Law 2: the start of ${item.key} was answered with ${handle.id}; ${row?.id ?? 'nothing'} is recorded`,
        );
      handle.result().then(
        () => {
          if (this.#mirror.byKey.get(item.key)?.stateType !== 'COMPLETED')
            this.#world.violate(`Law 2: ${item.key} was shown as completed and is not`);
        },
        (error: unknown) =>
          this.#world.note(process, `tells the failure of ${item.key}: ${String(error).slice(0, 80)}`),
      );
    });
  }

  /** A run whose replay was refused: its client trusts the recorded order, and then it ends. */
  #goOnWithRefused(): void {
    const { trusted, byKey } = this.#mirror;
    for (const item of this.#programs) {
      const row = byKey.get(item.key);
      if (row === undefined || !row.isRefused || trusted.has(row.id)) continue;
      trusted.add(row.id);
      if (!mayBeRefused(item.plan)) this.#world.violate(`Law 3: ${item.key} was refused, and its order can be seen`);
      this.#ask(this.#world.random.between(0, 2_000), (process) => this.#trustOrder(item, process));
    }
  }

  /** By a process that goes on with it, or from the command line, for a process that serves it. */
  #trustOrder({ key }: Program, process: PeerProcess): Promise<unknown> {
    const row = this.#mirror.byKey.get(key);
    if (row === undefined || !row.isRefused) return Promise.resolve();
    if (this.#world.random.chance(0.5))
      return withRuntime(process.engine, () => resume(row.id, { trustOrder: true })).then((handle) => {
        handle.result().catch(() => undefined);
      });
    const at = this.#world.now();
    const again = awaitingRetry(at, at, 'resumed');
    const state = { ...again, details: { ...again.details, trustOrder: true } };
    return process.ledger.runs.propose(row.id, { state, by: 'api', move: 'retry' });
  }

  #cancel(item: Program, process: PeerProcess): Promise<unknown> | undefined {
    const at = this.#world.now();
    const state = { type: 'CANCELLING', name: 'Cancelling', at, message: 'enough', details: null } as const;
    return this.#withRun(item, (id) => process.ledger.runs.propose(id, { state, by: 'api' }));
  }

  #suspend(item: Program, process: PeerProcess): Promise<unknown> | undefined {
    const state = suspended(this.#world.now());
    return this.#withRun(item, (id) => process.ledger.runs.propose(id, { state, by: 'api' }));
  }

  /** Resumes the run whenever it waits for that, until it has ended: its process may be at work on it for a while. */
  #resumeLater(item: Program, delayMs: number): void {
    const run = (): void => {
      const row = this.#mirror.byKey.get(item.key);
      if (row !== undefined && isEnded(row.stateType)) return;
      this.#ask(0, (process) => this.#resume(item, process));
      this.#resumeLater(item, RESUME_EVERY_MS);
    };
    this.#world.schedule(null, delayMs, { label: `resumes ${item.key}`, run });
  }

  #resume(item: Program, { ledger }: PeerProcess): Promise<unknown> | undefined {
    return this.#withRun(item, async (id) => {
      const run = await ledger.runs.flowRun(id);
      if (run === undefined || !awaitsResume(run.state)) return;
      await ledger.runs.propose(id, { state: resuming(this.#world.now()), by: 'api' });
    });
  }

  async #verify(store: SqlStore, orphans: 'report' | 'ignore'): Promise<void> {
    for (const { invariant, runId, message } of await verifyStore(store, { orphans }))
      this.#world.violate(`${invariant} ${runId ?? ''}: ${message}`);
  }

  #looker(store: SqlStore): Looker {
    const database = this.#database;
    if (database === null) throw new Error('no database yet');
    return new Looker({
      world: this.#world,
      mirror: this.#mirror,
      database,
      store,
      isPidAlive: (pid) => this.#isPidAlive(pid),
      isSessionDead: (id) => this.#isSessionDead(id),
      bug: this.#bug,
    });
  }

  /** Reads past all faults. */
  #observer(): SqlStore {
    const { inner } = this.#database ?? {};
    if (inner === undefined) throw new Error('no database yet');
    return new SqlStore({ dialect: inner, host: machineHost, retryMaxMs: 0 });
  }
}
