/** The syntax of SQLite where the dialects differ. */
import { storable } from '../../sql/columns.ts';
import type { Syntax } from '../../sql/dialect.ts';

export const sqliteSyntax: Syntax = {
  now: '(SELECT millrace_now())',
  // The one writer has the whole file.
  forUpdate: '',
  noWait: '',
  skipLocked: '',
  lockKey: '',
  tryLockKey: '',
  // The one writer commits in the order of the sequence.
  feed: {
    transactionId: '0',
    endedBelow: '1',
    start: '0, (SELECT COALESCE(MAX(sequence), 0) FROM change)',
    waitForWriters: [],
  },
  indexedBy: (index) => ` INDEXED BY ${index}`,
  contains: (column) => `instr(${column}, ?) > 0`,
  like: (column) => `${column} LIKE ? ESCAPE '\\'`,
  // Which index is read is said by name.
  unindexed: (column) => column,
  anyOf: (column) => `${column} IN (SELECT value FROM json_each(?))`,
  list: (values) => JSON.stringify(values.map(storable)),
  types: {
    text: 'TEXT',
    integer: 'INTEGER',
    real: 'REAL',
    sequence: 'INTEGER PRIMARY KEY',
    lastingSequence: 'INTEGER PRIMARY KEY AUTOINCREMENT',
    bytes: null,
  },
  derived: (expression) => `GENERATED ALWAYS AS (${expression}) VIRTUAL`,
};
