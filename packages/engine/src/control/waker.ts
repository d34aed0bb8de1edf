/**
 * The waker: takes up runs that want a process. It wakes parked runs of this process when they are due, signalled or
 * resumed, and, when it serves flows, adopts every run of theirs that has nobody. One look for all, by hint and by poll;
 * any number of them may work side by side, as each run is claimed by its lease.
 */
import type { Engine } from '../run/model.ts';
import { flowNames, requireFlow } from '../define/registry.ts';
import type { FlowRunRecord } from '@millrace/kernel';

/** How many runs are taken up at one look. */
const TAKE_MAX = 100;

export class Waker {
  readonly #engine: Engine;
  readonly #pollMs: number;
  /** Parked runs of this process, by id, and how each goes on. */
  readonly #parked = new Map<string, () => void>();
  #served: readonly string[] = [];
  #limit = Number.POSITIVE_INFINITY;
  #running = false;
  #stopped: { readonly promise: Promise<void>; readonly resolve: () => void } | null = null;
  #wake: () => void = () => {};

  constructor(engine: Engine, options: { readonly pollMs: number }) {
    this.#engine = engine;
    this.#pollMs = options.pollMs;
  }

  /** A run of this process that sleeps: `goOn` is called once, when it wants to run again. */
  park(flowRunId: string, wakeAt: number | null, goOn: () => void): void {
    this.#parked.set(flowRunId, goOn);
    this.#start();
    if (wakeAt !== null) this.#lookAt(wakeAt);
  }

  /** Serves flows until stopped. Resolves when everything that it took up has ended. */
  async serve(
    names: readonly string[],
    options: { readonly limit: number; readonly signal?: AbortSignal },
  ): Promise<void> {
    for (const name of names) requireFlow(name);
    this.#served = names;
    this.#limit = options.limit;
    await (await this.#engine.ledger()).announce(names);
    this.#stopped = Promise.withResolvers<void>();
    options.signal?.addEventListener('abort', () => this.stop(), { once: true });
    if (options.signal?.aborted === true) this.stop();
    this.#start();
    await this.#stopped.promise;
    await Promise.all([...this.#engine.roots].map((run) => run.settled()));
  }

  /** Takes up nothing more. */
  stop(): void {
    this.#served = [];
    this.#stopped?.resolve();
    this.#stopped = null;
    this.#wake();
  }

  #start(): void {
    if (this.#running) {
      this.#wake();
      return;
    }
    this.#running = true;
    void this.#loop();
  }

  async #loop(): Promise<void> {
    const ledger = await this.#engine.ledger();
    const watcher = ledger.watch(() => this.#wake());
    try {
      while (!this.#engine.closed && (this.#served.length > 0 || this.#parked.size > 0)) {
        await this.#look().catch((error: unknown) => {
          this.#engine.print({
            level: 40,
            at: this.#engine.clock.now(),
            subject: null,
            text: `Looking for runs to take up failed: ${String(error)}`,
          });
        });
        await this.#nap();
      }
    } finally {
      watcher.close();
      this.#running = false;
    }
  }

  async #look(): Promise<void> {
    const ledger = this.#engine.opened;
    if (this.#served.length > 0) await ledger.sweep();
    const names =
      this.#served.length > 0
        ? [...new Set([...this.#served, ...(this.#parked.size > 0 ? flowNames() : [])])]
        : flowNames();
    const found = await ledger.claimable(names, TAKE_MAX);
    for (const record of found) this.#takeUp(record);
  }

  #takeUp(record: FlowRunRecord): void {
    const goOn = this.#parked.get(record.id);
    if (goOn !== undefined) {
      this.#parked.delete(record.id);
      goOn();
      return;
    }
    if (!this.#served.includes(record.flowName) || this.#engine.roots.size >= this.#limit) return;
    if ([...this.#engine.roots].some((run) => run.id === record.id)) return;
    const run = this.#engine.start(requireFlow(record.flowName), [], {
      outermost: true,
      flowRunId: record.id,
      move: 'recover',
    });
    run.id = record.id;
    run.observe();
  }

  #nap(): Promise<void> {
    return new Promise((resolve) => {
      const timer = Number.isFinite(this.#pollMs) ? this.#engine.clock.setTimer(this.#pollMs, resolve) : undefined;
      this.#wake = () => {
        timer?.cancel();
        resolve();
      };
    });
  }

  #lookAt(at: number): void {
    this.#engine.clock.setTimer(Math.max(0, at - this.#engine.clock.now()) + 1, () => this.#wake());
  }
}
