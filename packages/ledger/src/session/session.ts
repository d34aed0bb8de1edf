/**
 * This process's session: one lease for all that it holds (law 5).
 *
 * Opened with the first write that needs it, queued right before that write, so that a short program pays no commit of its
 * own for it. When it was lost (the process slept past its lease) it is opened again under its id: runs that nobody took
 * up meanwhile are held again by that, and the token tells of the others.
 *
 * States: unopened, open, closed.
 */
import type { Clock, TimerHandle } from '@millrace/kernel';
import type { Store, Transaction } from '@millrace/store';
import type { Activity } from './activity.ts';
import type { Heartbeat } from './heartbeat.ts';
import type { ProcessIdentity } from '../state/process-identity.ts';

export interface SessionOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: () => string;
  readonly process: ProcessIdentity;
  readonly leaseMs: number;
  readonly heartbeatMs: number;
  readonly heartbeat: Heartbeat | undefined;
  readonly activity: Activity;
}

export class Session {
  readonly id: string;
  readonly #nonce: string;
  readonly #options: SessionOptions;
  #state: 'unopened' | 'open' | 'closed' = 'unopened';
  #serves: readonly string[] = [];
  #beatAt = 0;
  #timer: TimerHandle | null = null;
  #external: { stop(): Promise<void> } | null = null;
  #opening: Promise<void> = Promise.resolve();
  #lostListener: () => void = () => {};
  #takeAgain: (transaction: Transaction) => Promise<void> = async () => {};

  constructor(options: SessionOptions) {
    this.#options = options;
    this.id = options.ids();
    this.#nonce = options.ids();
    options.activity.onChange({ begin: () => this.#arm(), end: () => this.#disarm() });
  }

  /** The flows that this process can run. */
  get serves(): readonly string[] {
    return this.#serves;
  }

  /** Called after the session was found lost and opened again: what was held may be somebody else's now. */
  onReopened(listener: () => void): void {
    this.#lostListener = listener;
  }

  /** Called in the transaction that opens a lost session again: what is still in use is taken again there. */
  onReopening(takeAgain: (transaction: Transaction) => Promise<void>): void {
    this.#takeAgain = takeAgain;
  }

  /** Queues the opening (or, after a rest, an extension) ahead of the write that the caller is about to queue. */
  ensure(): void {
    if (this.#state === 'open') {
      if (this.#external === null && this.#options.clock.now() - this.#beatAt > this.#options.heartbeatMs) this.#beat();
      return;
    }
    if (this.#state === 'closed') return;
    this.#state = 'open';
    this.#beatAt = this.#options.clock.now();
    this.#opening = this.#options.store
      .write((transaction) => this.#open(transaction))
      .then(
        () => this.#startHeartbeat(),
        () => {
          if (this.#state === 'open') this.#state = 'unopened';
        },
      );
    if (this.#options.activity.busy) this.#arm();
  }

  /** As `ensure`, and others see the session when it resolves: what names it may then be committed by itself. */
  async opened(): Promise<void> {
    this.ensure();
    await this.#opening;
  }

  /** Whether others see the lease as running; true while there is none to be seen. */
  async isKept(transaction: Transaction): Promise<boolean> {
    if (this.#state !== 'open') return true;
    return await transaction.sessions.isLive(this.id);
  }

  /** Extends the lease; opens the session again if it was lost. */
  async extend(): Promise<void> {
    if (this.#state !== 'open') return;
    this.#beatAt = this.#options.clock.now();
    if (!(await this.#options.store.write((transaction) => this.#extendIn(transaction)))) this.#lostListener();
  }

  /**
   * Runs a body that takes something for this session, in a transaction in which the lease holds: what is taken under one
   * that is over counts for nobody, and is taken by others too.
   */
  async taking<T>(body: (transaction: Transaction) => Promise<T>): Promise<T> {
    const { store } = this.#options;
    const { kept, answer } = await store.write(async (transaction) => {
      const isKept = (await this.isKept(transaction)) || (await this.#extendIn(transaction));
      return { kept: isKept, answer: await body(transaction) };
    });
    if (!kept) this.#lostListener();
    return answer;
  }

  /** False when the lease was over: what was held may be somebody else's now. */
  async #extendIn(transaction: Transaction): Promise<boolean> {
    if (await transaction.sessions.extend(this.id, this.#options.leaseMs)) return true;
    await transaction.sessions.close(this.id);
    await this.#open(transaction);
    await this.#takeAgain(transaction);
    return false;
  }

  /** Which flows this process can run; others leave their orphans to it. */
  async announce(serves: readonly string[]): Promise<void> {
    const { activity, store } = this.#options;
    if (serves.length > 0 && this.#serves.length === 0) activity.enter();
    if (serves.length === 0 && this.#serves.length > 0) activity.leave();
    this.#serves = serves;
    this.ensure();
    await store.write((transaction) => transaction.sessions.announce(this.id, serves));
  }

  /** Gives up the lease while nothing is held. The next write that needs one opens it again. */
  async rest(): Promise<void> {
    if (this.#state !== 'open' || this.#options.activity.busy) return;
    const external = this.#external;
    this.#state = 'unopened';
    this.#external = null;
    this.#disarm();
    // Queued now: who opens it again from here on does so after this.
    const closed = this.#options.store.write((transaction) => transaction.sessions.close(this.id));
    await Promise.all([external?.stop(), closed]);
  }

  /** Gives up the lease in order: what is still held is left to others at once, and no crash is counted. */
  async close(): Promise<void> {
    const wasOpen = this.#state === 'open';
    this.#state = 'closed';
    this.#disarm();
    await this.#external?.stop();
    if (!wasOpen) return;
    await this.#options.store.write(async ({ flowRuns, sessions }) => {
      await flowRuns.letGo(this.id);
      await sessions.close(this.id);
    });
  }

  #open(transaction: Transaction): Promise<unknown> {
    const { process, leaseMs } = this.#options;
    return transaction.sessions.open({
      id: this.id,
      nonce: this.#nonce,
      host: process.host,
      bootId: process.bootId ?? '',
      pid: process.pid,
      pidStartedAt: process.pidStartedAt === null ? '' : String(process.pidStartedAt),
      serves: this.#serves,
      ttlMs: leaseMs,
    });
  }

  #startHeartbeat(): void {
    const { heartbeat, heartbeatMs, leaseMs } = this.#options;
    if (heartbeat === undefined || this.#state !== 'open' || this.#external !== null) return;
    const failed = (): void => {
      this.#external = null;
      if (this.#options.activity.busy) this.#arm();
    };
    this.#external = heartbeat.start({ sessionId: this.id, everyMs: heartbeatMs, ttlMs: leaseMs, failed });
    this.#disarm();
  }

  #arm(): void {
    if (this.#timer !== null || this.#external !== null || this.#state !== 'open') return;
    this.#timer = this.#options.clock.setTimer(this.#options.heartbeatMs, () => {
      this.#timer = null;
      this.#beat();
      if (this.#options.activity.busy) this.#arm();
    });
  }

  /** A beat that fails is made up for by the next one; writes of this process tell of what is wrong. */
  #beat(): void {
    this.extend().catch(() => {});
  }

  #disarm(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }
}
