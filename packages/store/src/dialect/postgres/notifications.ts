/**
 * LISTEN and NOTIFY as notifications between processes. Sending is throttled, because each NOTIFY takes a lock that all commits of
 * the database pass; every listener also polls, so that one may be lost.
 */
import type pg from 'pg';
import { pause, type StoreHost } from '../../adapters/host.ts';
import type { AnsweringClient } from './answering-client.ts';
import { connect, connectionConfig, type PostgresTarget } from './connect.ts';

/** Behind a pooler, where no connection can listen: how late another process's commit may be noticed. */
const pollMs = 500;
/** Commits closer than this are one notification. */
const pauseMs = 50;
const reconnectDelayMaxMs = 5_000;

export interface NotificationsOptions {
  readonly target: PostgresTarget;
  readonly host: StoreHost;
  /** Distinguishes this process's own notifications from those of others. */
  readonly id: string;
  readonly pool: pg.Pool;
}

export class Notifications {
  readonly #options: NotificationsOptions;
  readonly #channel: string;
  readonly #listeners = new Set<() => void>();
  #client: AnsweringClient | undefined;
  #connecting: Promise<void> | undefined;
  #pause: { cancel(): void } | undefined;
  #due = false;
  #closed = false;

  constructor(options: NotificationsOptions) {
    this.#options = options;
    this.#channel = `millrace_${options.target.schema}`.slice(0, 63);
  }

  /** After a commit: at once, then at most every 50 ms. */
  notify(): void {
    if (this.#closed) return;
    if (this.#pause !== undefined) {
      this.#due = true;
      return;
    }
    this.#send();
    this.#pause = this.#options.host.background.setTimer(pauseMs, () => {
      this.#pause = undefined;
      if (!this.#due) return;
      this.#due = false;
      this.notify();
    });
  }

  watch(listener: () => void): { close(): void } {
    this.#listeners.add(listener);
    this.#connecting ??= this.#options.target.isPooled ? this.#poll() : this.#listen();
    return { close: () => this.#listeners.delete(listener) };
  }

  async close(): Promise<void> {
    this.#pause?.cancel();
    if (this.#due) await this.#send();
    this.#closed = true;
    this.#listeners.clear();
    // One that polls ends by itself, on a timer that keeps no process alive.
    if (!this.#options.target.isPooled) await this.#connecting?.catch(() => undefined);
    const client = this.#client;
    // Else a process with nothing more to do ends before the goodbye is answered, and this promise never settles.
    client?.ref();
    await client?.end().catch(() => undefined);
  }

  async #send(): Promise<void> {
    // A notification that can't be sent is no failure of its commit.
    await this.#options.pool
      .query('SELECT pg_notify($1, $2)', [this.#channel, this.#options.id])
      .catch(() => undefined);
  }

  /** Connects, and again when the connection is lost; what was missed before it listened is one notification. */
  async #listen(): Promise<void> {
    const { target, host, id } = this.#options;
    for (let attempt = 0; !this.#closed; attempt += 1) {
      try {
        const config = connectionConfig(target, `millrace listener ${id} ${target.schema}`.slice(0, 63));
        const client = await connect(config, (lost) => this.#lost(lost));
        client.on('notification', ({ payload }) => {
          if (payload !== id) this.#received();
        });
        await client.query(`LISTEN ${this.#channel}`);
        client.unref();
        this.#client = client;
        this.#received();
        return;
      } catch {
        await pause(host.background, Math.min(reconnectDelayMaxMs, 50 * 2 ** Math.min(attempt, 8)));
      }
    }
  }

  /** Every commit of a process moves its mark. */
  async #poll(): Promise<void> {
    const { target, host, pool } = this.#options;
    const sql = `SELECT concat(count(*), ' ', sum(batch)) AS marks FROM "${target.schema}".writer`;
    for (let known: unknown; !this.#closed; ) {
      const marks: unknown = await pool.query(sql).then(
        ({ rows }) => rows[0]?.marks,
        () => known,
      );
      if (known !== undefined && marks !== known) this.#received();
      known = marks;
      await pause(host.background, pollMs);
    }
  }

  #lost(client: AnsweringClient): void {
    if (this.#client !== client || this.#closed) return;
    this.#client = undefined;
    this.#connecting = this.#listen();
  }

  #received(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}
