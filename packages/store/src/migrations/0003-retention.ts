/**
 * What retention needs: a list of what is being deleted (so that a process killed in the middle is taken up by the next
 * one), turns of services over all processes, and indexes of rows that hang on no run.
 */
import type { Syntax } from '../sql/dialect.ts';
import type { Migration } from './migration.ts';

export const retention: Migration = {
  id: '0003-retention',
  statements: ({ types: { text, integer } }: Syntax) => [
    `CREATE TABLE removal (
      kind ${text} NOT NULL,
      id ${text} NOT NULL,
      due_at ${integer} NOT NULL,
      PRIMARY KEY (kind, id)
    )`,
    `CREATE TABLE service_turn (
      name ${text} NOT NULL PRIMARY KEY,
      holder_id ${text} NOT NULL,
      token ${integer} NOT NULL,
      expires_at ${integer} NOT NULL,
      ended_at ${integer}
    )`,
    'CREATE INDEX log_loose ON log (logged_at) WHERE flow_run_id IS NULL AND task_run_id IS NULL',
    'CREATE INDEX artifact_loose ON artifact (updated_at) WHERE flow_run_id IS NULL',
    'CREATE INDEX cache_entry_expiry ON cache_entry (expires_at) WHERE expires_at IS NOT NULL',
    'CREATE INDEX cache_entry_created ON cache_entry (created_at) WHERE expires_at IS NULL',
  ],
};
