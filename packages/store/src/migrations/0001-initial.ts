/**
 * The first migration. Its tables are in `initial-tables/`; they are not edited, because databases have its checksum on record: what
 * changes is a new migration.
 *
 * Few indexes, partial where most rows have nothing to say in them: each one is paid for by every write. Plain rowid tables
 * on SQLite: WITHOUT ROWID is no faster on small rows, and rows over 1 KB take twice the time and the space (measured).
 * Instants (`_at`, `_until`) and durations (`_time`) are whole microseconds.
 */
import type { Migration } from './migration.ts';
import { besideTables } from './initial-tables/beside.ts';
import { coordinationTables } from './initial-tables/coordination.ts';
import { feedTables } from './initial-tables/feed.ts';
import { flowRunTables } from './initial-tables/flow-run.ts';
import { maintenanceTables } from './initial-tables/maintenance.ts';
import { taskRunTables } from './initial-tables/task-run.ts';

export const initial: Migration = {
  id: '0001-initial',
  statements: (syntax) => [
    ...flowRunTables(syntax),
    ...taskRunTables(syntax),
    ...coordinationTables(syntax),
    ...besideTables(syntax),
    ...maintenanceTables(syntax),
    ...feedTables(syntax),
  ],
};
