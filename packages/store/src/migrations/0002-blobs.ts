/**
 * Values outside the rows: which rows refer to one, found by index, and on PostgreSQL the table that holds them.
 *
 * The columns are derived from the text itself and not written by anybody, so that a reference that is copied (a cached
 * value, a fork) counts from the moment it is committed. They stay NULL on almost all rows: on PostgreSQL an update that
 * leaves them NULL touches no index.
 */
import type { Syntax } from '../sql/dialect.ts';
import type { Migration } from './migration.ts';

/** Where a reference can stand: table, column of the text, derived column. */
export const referenceColumns = [
  { table: 'flow_run', text: 'outcome', reference: 'outcome_blob' },
  { table: 'flow_run', text: 'parameters', reference: 'parameters_blob' },
  { table: 'task_run', text: 'outcome', reference: 'outcome_blob' },
  { table: 'cache_entry', text: 'outcome', reference: 'outcome_blob' },
] as const;

export const blobs: Migration = {
  id: '0002-blobs',
  statements: (syntax) => [...references(syntax), ...properties(syntax), ...chunks(syntax)],
};

function references({ types, derived }: Syntax): string[] {
  return referenceColumns.flatMap(({ table, text, reference }) => {
    const expression = `CASE WHEN substr(${text}, 1, 5) = 'blob:' THEN ${text} END`;
    return [
      `ALTER TABLE ${table} ADD COLUMN ${reference} ${types.text} ${derived(expression)}`,
      `CREATE INDEX ${table}_${reference} ON ${table} (${reference}) WHERE ${reference} IS NOT NULL`,
    ];
  });
}

/** What is to be known of the database itself, such as its id. */
function properties({ types: { text } }: Syntax): string[] {
  return [`CREATE TABLE store_property (name ${text} NOT NULL PRIMARY KEY, value ${text} NOT NULL)`];
}

/** Where every process can reach the database but not the same folder. */
function chunks({ types: { text, integer, bytes } }: Syntax): string[] {
  if (bytes === null) return [];
  return [
    `CREATE TABLE blob_chunk (
      key ${text} NOT NULL,
      place ${integer} NOT NULL,
      stored_at ${integer} NOT NULL,
      data ${bytes} NOT NULL,
      PRIMARY KEY (key, place)
    )`,
  ];
}
