/**
 * The first schema.
 *
 * Few indexes, partial where most rows have nothing to say in them: each one is paid for by every write. Plain rowid tables
 * on SQLite: WITHOUT ROWID is no faster on small rows, and rows over 1 KB take twice the time and the space (measured).
 * Instants (`_at`, `_until`) and durations (`_time`) are whole microseconds.
 */
import type { Migration } from './migration.ts';
import { besideTables } from './tables/beside.ts';
import { coordinationTables } from './tables/coordination.ts';
import { feedTables } from './tables/feed.ts';
import { flowRunTables } from './tables/flow-run.ts';
import { maintenanceTables } from './tables/maintenance.ts';
import { taskRunTables } from './tables/task-run.ts';

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
