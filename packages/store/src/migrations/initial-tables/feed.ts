/** The change feed: what was committed while it was followed, and how far each follower has read. */
import type { Syntax } from '../../sql/dialect.ts';

export function feedTables({ types: { text, integer, lastingSequence } }: Syntax): string[] {
  return [
    `CREATE TABLE change (
      sequence ${lastingSequence},
      transaction_id ${integer} NOT NULL,
      noted_at ${integer} NOT NULL,
      flow_runs ${text},
      task_runs ${text}
    )`,
    'CREATE INDEX change_order ON change (transaction_id, sequence)',
    `CREATE TABLE follower (
      name ${text} NOT NULL PRIMARY KEY,
      transaction_id ${integer} NOT NULL,
      sequence ${integer} NOT NULL,
      lease_until ${integer} NOT NULL
    )`,
  ];
}
