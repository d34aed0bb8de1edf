/**
 * The one real database of a simulation: SQLite in memory, behind a lock as a file has it, with triggers that record what
 * each commit changed. Processes reach it through a FaultyDialect each.
 */
import type { Dialect } from '@millrace/store/internal';
import { openSqlite } from '@millrace/store/internal';
import { machineHost } from '@millrace/store';
import type { World } from './world.ts';

/** One changed row, as it was and as it is: `null` = it was not there, or is no more. */
export interface Change {
  readonly table: string;
  readonly before: Readonly<Record<string, unknown>> | null;
  readonly after: Readonly<Record<string, unknown>> | null;
}

const watched: Readonly<Record<string, readonly string[]>> = {
  flow_run: [
    'id',
    'parent_flow_run_id',
    'flow_name',
    'idempotency_key',
    'state_type',
    'token',
    'session_id',
    'driver',
    'wake_at',
    'crash_count',
    'outcome',
  ],
  task_run: ['id', 'flow_run_id', 'replay_key', 'kind', 'state_type', 'run_count', 'outcome', 'parameters', 'wake_at'],
  session: ['id', 'pid', 'opened_at', 'expires_at'],
  slot: ['lease_id', 'limit_name', 'occupy', 'holder_id', 'session_id', 'expires_at'],
};

export class SharedDatabase {
  readonly inner: Dialect;
  /** The process that has a transaction open. */
  holder: object | null = null;
  /** The batches that were committed, as PostgreSQL's table `writer` has them. */
  readonly marks = new Set<string>();
  #lastChange = 0;

  private constructor(inner: Dialect) {
    this.inner = inner;
  }

  static async open(world: World): Promise<SharedDatabase> {
    const clock = { now: world.now, setTimer: () => ({ cancel: () => undefined }) };
    const host = { ...machineHost, clock, random: world.random.unit };
    const inner: Dialect = await openSqlite({ path: ':memory:', durability: 'process', host, retryMaxMs: 0 });
    await inner.begin(false);
    for (const statement of triggers()) await inner.writer.run(statement);
    await inner.commit(null);
    return new SharedDatabase(inner);
  }

  /** Rows that were inserted, changed or deleted so far. */
  async changeCount(): Promise<number> {
    const [row] = await this.inner.reader.all('SELECT total_changes() AS count');
    return Number(row?.['count']);
  }

  /** The changes since the last time, in order. Called right after a commit. */
  async changes(): Promise<readonly Change[]> {
    const rows = await this.inner.reader.all(
      'SELECT sequence, source, before, after FROM simulated_change WHERE sequence > ? ORDER BY sequence',
      [this.#lastChange],
    );
    this.#lastChange = Number(rows.at(-1)?.['sequence'] ?? this.#lastChange);
    return rows.map((row) => ({
      table: String(row['source']),
      before: parsed(row['before'] ?? null),
      after: parsed(row['after'] ?? null),
    }));
  }
}

function parsed(text: string | number | null): Readonly<Record<string, unknown>> | null {
  return text === null ? null : (JSON.parse(String(text)) as Readonly<Record<string, unknown>>);
}

function triggers(): readonly string[] {
  const table =
    'CREATE TEMP TABLE simulated_change (sequence INTEGER PRIMARY KEY, source TEXT NOT NULL, before TEXT, after TEXT)';
  const each = Object.entries(watched).flatMap(([name, columns]) =>
    (['INSERT', 'UPDATE', 'DELETE'] as const).map((event) => {
      const before = event === 'INSERT' ? 'NULL' : rowOf('OLD', columns);
      const after = event === 'DELETE' ? 'NULL' : rowOf('NEW', columns);
      return (
        `CREATE TEMP TRIGGER simulated_${name}_${event} AFTER ${event} ON main.${name} BEGIN ` +
        `INSERT INTO simulated_change (source, before, after) VALUES ('${name}', ${before}, ${after}); END`
      );
    }),
  );
  return [table, ...each];
}

function rowOf(which: 'OLD' | 'NEW', columns: readonly string[]): string {
  return `json_object(${columns.map((column) => `'${column}', ${which}.${column}`).join(', ')})`;
}
