/** Faults below the store: fences, leases, acknowledgements and clocks that are not what they should be. */
import type { Dialect, RowBatch, RowOutcome, Statements } from '@millrace/store/internal';
import type { Bug } from '../peer-process.ts';

type SqlParameter = string | number | null | readonly string[];

/** How the store asks SQLite for the time. */
const now = '(SELECT millrace_now())';

/** A dialect like the other but for what `over` replaces. */
function overDialect(dialect: Dialect, over: Partial<Dialect>): Dialect {
  return new Proxy(dialect, {
    get(target, name) {
      const value: unknown = Reflect.get(name in over ? over : target, name);
      return typeof value === 'function' && !(name in over) ? value.bind(target) : value;
    },
  });
}

/** Every statement of the writer is spelled anew. */
function rewriting(change: (sql: string) => string): (dialect: Dialect) => Dialect {
  return (dialect) => {
    const writer: Statements = {
      all: (sql: string, parameters?: readonly SqlParameter[]) => dialect.writer.all(change(sql), parameters),
      run: (sql: string, parameters?: readonly SqlParameter[]) => dialect.writer.run(change(sql), parameters),
    };
    const reader: Statements = {
      all: (sql: string, parameters?: readonly SqlParameter[]) => dialect.reader.all(change(sql), parameters),
      run: dialect.reader.run,
    };
    return overDialect(dialect, { writer, reader });
  };
}

/** Every batch of rows is changed before it is written. */
function batches(change: (batch: RowBatch) => RowBatch): (dialect: Dialect) => Dialect {
  return (dialect) =>
    overDialect(dialect, {
      writeRows: (batch, mayWait) => dialect.writeRows(change(batch), mayWait),
      commitRows: (batch, mark) => dialect.commitRows(change(batch), mark),
    });
}

const nothingRefused: RowOutcome = { flows: new Map(), stale: new Set() };

export const databaseBugs: readonly Bug[] = [
  {
    name: 'no-fence',
    about: 'Writes of task runs are accepted under any token.',
    dialect: batches((batch) => ({ ...batch, tasks: batch.tasks.map(({ records }) => ({ records, fence: null })) })),
  },
  {
    name: 'short-lease',
    about: 'A session counts as over a second before its lease ends.',
    dialect: rewriting((sql) =>
      sql
        .replaceAll(`session.expires_at > ${now}`, `session.expires_at > ${now} + 2500000`)
        .replace('opened_at, expires_at FROM session', 'opened_at, expires_at - 2500000 AS expires_at FROM session'),
    ),
  },
  {
    name: 'token-stays',
    about: 'A claim does not raise the token.',
    dialect: (dialect) => {
      const writer: Statements = {
        all: dialect.writer.all,
        run: (sql, parameters = []) =>
          sql.startsWith('UPDATE flow_run SET session_id = ?, token = ?')
            ? dialect.writer.run(sql, [parameters[0], parameters[4], ...parameters.slice(2)] as never)
            : dialect.writer.run(sql, parameters),
      };
      return overDialect(dialect, { writer });
    },
  },
  {
    name: 'lost-write',
    about: 'Now and then a batch is acknowledged and not written.',
    dialect: (dialect, world) =>
      overDialect(dialect, {
        commitRows: async (batch, mark) =>
          world.random.chance(0.02) ? nothingRefused : await dialect.commitRows(batch, mark),
      }),
  },
  {
    name: 'fate-unasked',
    about: 'After a lost connection nobody asks whether the commit took place.',
    dialect: (dialect) => overDialect(dialect, { wasCommitted: async () => false }),
  },
  {
    name: 'last-writer-wins',
    about: 'A flow run is written whatever its revision is by now.',
    dialect: (dialect) => {
      const current = async (batch: RowBatch): Promise<RowBatch> => ({
        ...batch,
        flows: await Promise.all(
          batch.flows.map(async (write) => {
            const sql = 'SELECT revision FROM flow_run WHERE id = ?';
            const row = (await dialect.writer.all(sql, [write.record.id]).catch(() => []))[0];
            return row === undefined ? write : { ...write, expected: String(row['revision']) };
          }),
        ),
      });
      return overDialect(dialect, {
        writeRows: async (batch, mayWait) => await dialect.writeRows(await current(batch), mayWait),
        commitRows: async (batch, mark) => {
          await dialect.begin(false);
          const outcome = await dialect.writeRows(await current(batch), true);
          await dialect.commit(mark);
          return outcome;
        },
      });
    },
  },
  {
    name: 'heartbeat-unheard',
    about: 'The lease of a session is never extended.',
    dialect: (dialect) => {
      const writer: Statements = {
        all: dialect.writer.all,
        run: async (sql, parameters) =>
          sql.startsWith('UPDATE session SET expires_at') ? 1 : await dialect.writer.run(sql, parameters),
      };
      return overDialect(dialect, { writer });
    },
  },
  {
    name: 'signal-for-all',
    about: 'A signal stays there after it was taken.',
    dialect: rewriting((sql) => sql.replace(`SET taken_at = ${now} WHERE`, 'SET taken_at = NULL WHERE')),
  },
  {
    name: 'wake-forgotten',
    about: 'A parked run is looked for only when somebody else made it due.',
    dialect: rewriting((sql) => sql.replace(`wake_at <= ${now}`, `wake_at <= ${now} - 3600000000`)),
  },
  {
    name: 'timers-early',
    about: 'Timers fire at half their time.',
    clock: (clock) => ({ ...clock, setTimer: (delayMs, callback) => clock.setTimer(delayMs / 2, callback) }),
  },
  {
    name: 'slots-of-the-dead',
    about: 'Slots of dead processes count for ever.',
    dialect: rewriting((sql) => {
      if (sql.startsWith('DELETE FROM slot')) return sql.replace(' WHERE ', ' WHERE lease_id IS NULL AND ');
      return sql.replace(`WHERE session.id = slot.session_id AND session.expires_at > ${now}`, 'WHERE 1 = 1');
    }),
  },
];
