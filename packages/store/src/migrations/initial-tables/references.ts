/**
 * References to values outside the rows, found by index.
 *
 * The columns are derived from the text itself, so that a reference that is copied (a cached value, a fork) counts from the
 * moment it is committed. They stay NULL on almost all rows: on PostgreSQL an update that leaves them NULL touches no index.
 */
import type { Syntax } from '../../sql/dialect.ts';

interface ReferenceColumn {
  readonly table: 'flow_run' | 'task_run' | 'cache_entry';
  /** The column of the text. */
  readonly text: 'outcome' | 'parameters';
  /** The derived column. */
  readonly reference: 'outcome_blob' | 'parameters_blob';
}

/** Where a reference can stand. */
export const referenceColumns: readonly ReferenceColumn[] = [
  { table: 'flow_run', text: 'outcome', reference: 'outcome_blob' },
  { table: 'flow_run', text: 'parameters', reference: 'parameters_blob' },
  { table: 'task_run', text: 'outcome', reference: 'outcome_blob' },
  { table: 'cache_entry', text: 'outcome', reference: 'outcome_blob' },
];

/** Of a table's CREATE statement: its last columns. */
export function derivedReferences(table: ReferenceColumn['table'], { types, derived }: Syntax): string {
  return referenceColumns
    .filter((column) => column.table === table)
    .map(({ text, reference }) => {
      const expression = `CASE WHEN substr(${text}, 1, 5) = 'blob:' THEN ${text} END`;
      return `${reference} ${types.text} ${derived(expression)}`;
    })
    .join(', ');
}

export function referenceIndexes(table: ReferenceColumn['table']): string[] {
  return referenceColumns
    .filter((column) => column.table === table)
    .map(
      ({ reference }) => `CREATE INDEX ${table}_${reference} ON ${table} (${reference}) WHERE ${reference} IS NOT NULL`,
    );
}
