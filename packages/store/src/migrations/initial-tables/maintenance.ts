/**
 * The database's own affairs: its properties, the marks of commits, the turns of services, and the list of what is being
 * deleted, from which the next process goes on after one that was killed.
 */
import type { Syntax } from '../../sql/dialect.ts';

export function maintenanceTables({ types: { text, integer } }: Syntax): string[] {
  return [
    `CREATE TABLE store_property (name ${text} NOT NULL PRIMARY KEY, value ${text} NOT NULL)`,
    `CREATE TABLE writer (
      id ${text} NOT NULL PRIMARY KEY,
      batch ${integer} NOT NULL,
      committed_at ${integer} NOT NULL
    )`,
    `CREATE TABLE service_turn (
      name ${text} NOT NULL PRIMARY KEY,
      holder_id ${text} NOT NULL,
      token ${integer} NOT NULL,
      expires_at ${integer} NOT NULL,
      ended_at ${integer}
    )`,
    `CREATE TABLE removal (
      kind ${text} NOT NULL,
      id ${text} NOT NULL,
      due_at ${integer} NOT NULL,
      PRIMARY KEY (kind, id)
    )`,
  ];
}
