/** Sessions in SQL: see ports/coordination.ts for what is promised. */
import type { Row } from '../sql/dialect.ts';
import type { SessionInit, SessionRecord, Sessions } from '../ports/coordination.ts';
import { type PageRequest, pageLimit } from '../ports/page.ts';
import { encodeTags, integer } from '../sql/columns.ts';
import { toMicros } from '../sql/instants.ts';
import { ms, number, tags, text } from '../sql/read.ts';
import { Conditions, unfinished } from '../sql/conditions.ts';
import { first, lockClause, type QueryContext } from './context.ts';

const select = 'SELECT id, nonce, host, boot_id, pid, pid_started_at, serves, opened_at, expires_at FROM session';

export class SqlSessions implements Sessions {
  readonly #context: QueryContext;

  constructor(context: QueryContext) {
    this.#context = context;
  }

  async open(session: SessionInit): Promise<SessionRecord> {
    const { now } = this.#context.syntax;
    await this.#context.run(
      'INSERT INTO session (id, nonce, host, boot_id, pid, pid_started_at, serves, opened_at, expires_at) ' +
        `VALUES (?, ?, ?, ?, ?, ?, ?, ${now}, ${now} + ?)`,
      [
        session.id,
        session.nonce,
        session.host,
        session.bootId,
        integer(session.pid, 'session.pid'),
        session.pidStartedAt,
        encodeTags([...new Set(session.serves)]),
        toMicros(session.ttlMs, 'session.ttlMs'),
      ],
    );
    const opened = await this.get(session.id);
    if (opened === undefined) throw new Error(`session ${session.id} is gone right after it was opened`);
    return opened;
  }

  async extend(id: string, ttlMs: number): Promise<boolean> {
    const { now } = this.#context.syntax;
    this.#context.locks?.take('session', [id]);
    const sql = `UPDATE session SET expires_at = ${now} + ? WHERE id = ? AND expires_at > ${now}`;
    return (await this.#context.run(sql, [toMicros(ttlMs, 'ttlMs'), id])) === 1;
  }

  async announce(id: string, serves: readonly string[]): Promise<void> {
    await this.#context.run('UPDATE session SET serves = ? WHERE id = ?', [encodeTags([...new Set(serves)]), id]);
  }

  async get(id: string): Promise<SessionRecord | undefined> {
    const row = await first(this.#context, `${select} WHERE id = ?`, [id]);
    return row === undefined ? undefined : toSession(row);
  }

  async isLive(id: string): Promise<boolean> {
    const sql = `SELECT 1 AS live FROM session WHERE id = ? AND expires_at > ${this.#context.syntax.now}`;
    return (await first(this.#context, sql, [id])) !== undefined;
  }

  async ofIds(ids: readonly string[]): Promise<readonly SessionRecord[]> {
    if (ids.length === 0) return [];
    const { syntax } = this.#context;
    return (await this.#context.all(`${select} WHERE ${syntax.anyOf('id')}`, [syntax.list(ids)])).map(toSession);
  }

  async live(page?: PageRequest): Promise<readonly SessionRecord[]> {
    const conditions = new Conditions().add(`expires_at > ${this.#context.syntax.now}`).when(page?.after, 'id > ?');
    const sql = `${select}${conditions.where} ORDER BY id LIMIT ?`;
    return (await this.#context.all(sql, [...conditions.parameters, pageLimit(page)])).map(toSession);
  }

  async expired(limit: number): Promise<readonly SessionRecord[]> {
    const sql = `${select} WHERE expires_at <= ${this.#context.syntax.now} ORDER BY id LIMIT ?`;
    return (await this.#context.all(sql, [limit])).map(toSession);
  }

  async spent(limit: number): Promise<readonly SessionRecord[]> {
    const sql =
      `${select} WHERE expires_at <= ${this.#context.syntax.now} ` +
      `AND NOT EXISTS (SELECT 1 FROM flow_run WHERE session_id = session.id AND session_id IS NOT NULL AND ${unfinished}) ` +
      'AND NOT EXISTS (SELECT 1 FROM task_run WHERE held_by = session.id AND held_by IS NOT NULL) ORDER BY id LIMIT ?';
    return (await this.#context.all(sql, [limit])).map(toSession);
  }

  async served(): Promise<readonly string[]> {
    const sql = `SELECT DISTINCT serves FROM session WHERE expires_at > ${this.#context.syntax.now}`;
    const rows = await this.#context.all(sql);
    return [...new Set(rows.flatMap((row) => tags(row, 'serves')))].sort();
  }

  async expire(id: string): Promise<void> {
    await this.#free(id);
    const { now } = this.#context.syntax;
    await this.#context.run(`UPDATE session SET expires_at = ${now} WHERE id = ? AND expires_at > ${now}`, [id]);
  }

  async close(id: string): Promise<boolean> {
    await this.#free(id);
    return (await this.#context.run('DELETE FROM session WHERE id = ?', [id])) === 1;
  }

  async #free(id: string): Promise<void> {
    const { skipLocked } = this.#context.syntax;
    // Several processes clear up after one that died: one after the other.
    const lock = lockClause(this.#context, 'session', [id]);
    if (lock !== '') await this.#context.all(`SELECT id FROM session WHERE id = ?${lock}`, [id]);
    // Rows that another transaction has locked are deleted by that one; a row that stays counts for nothing without its session.
    const slots = `SELECT lease_id, limit_name FROM slot WHERE session_id = ? AND expires_at IS NULL${skipLocked}`;
    await this.#context.run(`DELETE FROM slot WHERE (lease_id, limit_name) IN (${slots})`, [id]);
    const claims = `SELECT key FROM cache_claim WHERE session_id = ?${skipLocked}`;
    await this.#context.run(`DELETE FROM cache_claim WHERE key IN (${claims})`, [id]);
  }
}

function toSession(row: Row): SessionRecord {
  return {
    id: text(row, 'id'),
    nonce: text(row, 'nonce'),
    host: text(row, 'host'),
    bootId: text(row, 'boot_id'),
    pid: number(row, 'pid'),
    pidStartedAt: text(row, 'pid_started_at'),
    serves: tags(row, 'serves'),
    openedAt: ms(row, 'opened_at'),
    expiresAt: ms(row, 'expires_at'),
  };
}
