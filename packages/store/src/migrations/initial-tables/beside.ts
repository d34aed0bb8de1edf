/** Tables that belong to runs or stand beside them: logs, artifacts, variables, and on PostgreSQL the values outside the rows. */
import type { Syntax } from '../../sql/dialect.ts';

export function besideTables(syntax: Syntax): string[] {
  return [...logs(syntax), ...artifacts(syntax), variables(syntax), ...chunks(syntax)];
}

function logs({ types: { text, integer, sequence } }: Syntax): string[] {
  return [
    `CREATE TABLE log (
      sequence ${sequence},
      flow_run_id ${text},
      task_run_id ${text},
      level ${integer} NOT NULL,
      logged_at ${integer} NOT NULL,
      logger ${text} NOT NULL,
      message ${text} NOT NULL
    )`,
    'CREATE INDEX log_flow_run ON log (flow_run_id, sequence) WHERE flow_run_id IS NOT NULL',
    'CREATE INDEX log_task_run ON log (task_run_id, sequence) WHERE task_run_id IS NOT NULL',
    'CREATE INDEX log_loose ON log (logged_at) WHERE flow_run_id IS NULL AND task_run_id IS NULL',
  ];
}

function artifacts({ types: { text, integer } }: Syntax): string[] {
  return [
    `CREATE TABLE artifact (
      id ${text} NOT NULL PRIMARY KEY,
      key ${text},
      type ${text} NOT NULL,
      description ${text},
      flow_run_id ${text},
      task_run_id ${text},
      created_at ${integer} NOT NULL,
      updated_at ${integer} NOT NULL,
      data ${text} NOT NULL
    )`,
    'CREATE INDEX artifact_key ON artifact (key, id) WHERE key IS NOT NULL',
    'CREATE INDEX artifact_flow_run ON artifact (flow_run_id, id) WHERE flow_run_id IS NOT NULL',
    'CREATE INDEX artifact_loose ON artifact (updated_at) WHERE flow_run_id IS NULL',
  ];
}

function variables({ types: { text, integer } }: Syntax): string {
  return `CREATE TABLE variable (
    name ${text} NOT NULL PRIMARY KEY,
    id ${text} NOT NULL UNIQUE,
    tags ${text},
    created_at ${integer} NOT NULL,
    updated_at ${integer} NOT NULL,
    value ${text} NOT NULL
  )`;
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
