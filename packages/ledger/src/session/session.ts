/**
 * The session of this process: one lease for its runs and slots (law 5).
 *
 * It is opened with the first write that needs it, queued right before that write, so that a short program has no extra commit for it. If
 * it was lost, because the process slept past its lease, it is opened again under its id: it owns the runs again that no process took up
 * meanwhile, and the fencing token shows the others.
 *
 * States: unopened, open, closed.
 */
import { type Clock, StoreUnavailable, type TimerHandle } from '@millrace/kernel';
import type { SessionInit } from '@millrace/store';
import type { LeasedSlots, LeaseOver, SessionVerbs } from '../journal/journal.ts';
import type { Activity } from './activity.ts';
import type { Heartbeat } from './heartbeat.ts';
import type { ProcessIdentity } from '../state/process-identity.ts';

export interface SessionOptions {
  readonly verbs: SessionVerbs;
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
  #isBeating = false;
  #timer: TimerHandle | null = null;
  #external: { stop(): Promise<void> } | null = null;
  /** Resolves with what refused the opening; null = nothing did. */
  #opening: Promise<unknown> = Promise.resolve(null);
  #lostListener: () => void = () => {};
  #slotsInUse: () => readonly LeasedSlots[] = () => [];

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

  /** Called after the session was found lost and opened again: another process may own its runs and hold its slots now. */
  onReopened(listener: () => void): void {
    this.#lostListener = listener;
  }

  /** Which slots are written again with a session that is opened again. */
  keepSlots(slotsInUse: () => readonly LeasedSlots[]): void {
    this.#slotsInUse = slotsInUse;
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
    this.#opening = this.#options.verbs.open(this.#init()).then(
      () => {
        this.#startHeartbeat();
        return null;
      },
      (error: unknown) => {
        if (this.#state === 'open') this.#state = 'unopened';
        return error;
      },
    );
    if (this.#options.activity.busy) this.#arm();
  }

  /** False before its first use, during a rest, and after its end. */
  get isOpen(): boolean {
    return this.#state === 'open';
  }

  /** Extends the lease; opens the session again if it was lost. */
  async extend(): Promise<void> {
    if (this.#state !== 'open') return;
    this.#beatAt = this.#options.clock.now();
    const extend = { session: this.#init(), slots: this.#slotsInUse() };
    const { wasLive } = await this.#options.verbs.heartbeat({ sessionId: this.id, extend, owned: [] });
    if (!wasLive) this.#lostListener();
  }

  /** Takes something for the session, and tries again while its lease was over and could be opened again. */
  async taking<T extends { readonly status: string }>(take: () => Promise<T>): Promise<Exclude<T, LeaseOver>> {
    for (;;) {
      const answer = await take();
      if (isTaken(answer)) return answer;
      await this.#regain();
    }
  }

  async #regain(): Promise<void> {
    if (this.#state === 'closed') throw new StoreUnavailable({ location: 'the ledger', problem: 'closed' });
    if (this.#state === 'open') return await this.extend();
    this.ensure();
    const refusal = await this.#opening;
    if (refusal !== null) throw refusal;
  }

  /** Which flows this process can run; others leave their orphans to it. */
  async announce(serves: readonly string[]): Promise<void> {
    const { activity, verbs } = this.#options;
    if (serves.length > 0 && this.#serves.length === 0) activity.enter();
    if (serves.length === 0 && this.#serves.length > 0) activity.leave();
    this.#serves = serves;
    this.ensure();
    await verbs.announce({ sessionId: this.id, serves });
  }

  /** Ends the lease while nothing needs it. The next write that needs one opens it again. */
  async rest(): Promise<void> {
    if (this.#state !== 'open' || this.#options.activity.busy) return;
    const external = this.#external;
    this.#state = 'unopened';
    this.#external = null;
    this.#disarm();
    // Queued now, so that a later opening comes after it.
    const closed = this.#options.verbs.close({ sessionId: this.id, abandonsRuns: false });
    await Promise.all([external?.stop(), closed]);
  }

  /** Ends the lease in order: unfinished runs are left to other processes at once, and no crash is counted. */
  async close(): Promise<void> {
    const wasOpen = this.#state === 'open';
    this.#state = 'closed';
    this.#disarm();
    await this.#external?.stop();
    if (!wasOpen) return;
    await this.#options.verbs.close({ sessionId: this.id, abandonsRuns: true });
  }

  #init(): SessionInit {
    const { process, leaseMs } = this.#options;
    return {
      id: this.id,
      nonce: this.#nonce,
      host: process.host,
      bootId: process.bootId ?? '',
      pid: process.pid,
      pidStartedAt: process.pidStartedAt === null ? '' : String(process.pidStartedAt),
      serves: this.#serves,
      ttlMs: leaseMs,
    };
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

  /** The next beat makes up for one that fails, and the writes of this process report what is wrong. */
  #beat(): void {
    // One at a time: where the store answers slowly, beats would only queue up before it.
    if (this.#isBeating) return;
    this.#isBeating = true;
    this.extend()
      .catch(() => {})
      .finally(() => {
        this.#isBeating = false;
      });
  }

  #disarm(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }
}

function isTaken<T extends { readonly status: string }>(answer: T): answer is Exclude<T, LeaseOver> {
  return answer.status !== 'lease-over';
}
