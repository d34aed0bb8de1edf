/** The task cache in SQL: values, and claims of the runs that compute one. */
import type { CacheEntries, CacheEntry } from '../ports/coordination.ts';
import { toMicrosOrNull } from '../sql/instants.ts';
import { ms, msOrNull, text, textOrNull } from '../sql/read.ts';
import { first, type QueryContext } from './context.ts';

export class SqlCacheEntries implements CacheEntries {
  readonly #context: QueryContext;

  constructor(context: QueryContext) {
    this.#context = context;
  }

  async get(key: string): Promise<(CacheEntry & { readonly createdAt: number }) | undefined> {
    const row = await first(
      this.#context,
      'SELECT key, task_run_id, created_at, expires_at, outcome FROM cache_entry WHERE key = ? ' +
        `AND (expires_at IS NULL OR expires_at > ${this.#context.syntax.now})`,
      [key],
    );
    if (row === undefined) return undefined;
    return {
      key: text(row, 'key'),
      outcome: text(row, 'outcome'),
      taskRunId: textOrNull(row, 'task_run_id'),
      expiresAt: msOrNull(row, 'expires_at'),
      createdAt: ms(row, 'created_at'),
    };
  }

  async claim(claim: {
    readonly key: string;
    readonly leaseId: string;
    readonly holderId: string;
    readonly sessionId: string | null;
  }): Promise<boolean> {
    const { now } = this.#context.syntax;
    // A transaction that waited for the one before must see that one's session, which may have begun in the same commit: the statement
    // that looks for it begins after the wait.
    await this.#context.lockKey(`cache ${claim.key}`);
    const sql =
      `INSERT INTO cache_claim (key, lease_id, holder_id, session_id, claimed_at) VALUES (?, ?, ?, ?, ${now}) ` +
      'ON CONFLICT (key) DO UPDATE SET lease_id = excluded.lease_id, holder_id = excluded.holder_id, ' +
      'session_id = excluded.session_id, claimed_at = excluded.claimed_at WHERE cache_claim.session_id IS NOT NULL ' +
      `AND NOT EXISTS (SELECT 1 FROM session WHERE session.id = cache_claim.session_id AND session.expires_at > ${now})`;
    const { key, leaseId, holderId, sessionId } = claim;
    return (await this.#context.run(sql, [key, leaseId, holderId, sessionId])) === 1;
  }

  async release(leaseId: string): Promise<boolean> {
    return (await this.#context.run('DELETE FROM cache_claim WHERE lease_id = ?', [leaseId])) === 1;
  }

  async put({ key, outcome, taskRunId, expiresAt }: CacheEntry): Promise<void> {
    this.#context.locks?.take('beside');
    await this.#context.run(
      'INSERT INTO cache_entry (key, task_run_id, created_at, expires_at, outcome) ' +
        `VALUES (?, ?, ${this.#context.syntax.now}, ?, ?) ON CONFLICT (key) DO UPDATE SET ` +
        'task_run_id = excluded.task_run_id, created_at = excluded.created_at, expires_at = excluded.expires_at, ' +
        'outcome = excluded.outcome',
      [key, taskRunId, toMicrosOrNull(expiresAt, 'expiresAt'), outcome],
    );
  }

  async remove(key: string): Promise<boolean> {
    return (await this.#context.run('DELETE FROM cache_entry WHERE key = ?', [key])) === 1;
  }
}
