/** Task runs, and the states whose ids were given by those who reported them. */
import { over, unfinished } from '../../sql/conditions.ts';
import type { Syntax } from '../../sql/dialect.ts';
import { derivedReferences, referenceIndexes } from './references.ts';

// Derived, and NULL in a flow: the common row then has no part in the index, and its updates on PostgreSQL touch none.
const heldBy = `CASE WHEN session_id IS NOT NULL AND ${unfinished} AND state_name <> 'NotReady' THEN session_id END`;

export function taskRunTables(syntax: Syntax): string[] {
  return [taskRunTable(syntax), ...indexes, ...referenceIndexes('task_run'), ...reportedStates(syntax)];
}

function taskRunTable(syntax: Syntax): string {
  const { text, integer } = syntax.types;
  return `CREATE TABLE task_run (
    id ${text} NOT NULL PRIMARY KEY,
    flow_run_id ${text},
    session_id ${text},
    parent_task_run_id ${text},
    kind ${text} NOT NULL,
    task_key ${text} NOT NULL,
    dynamic_key ${text},
    replay_key ${text} NOT NULL,
    name ${text} NOT NULL,
    state_type ${text} NOT NULL,
    state_name ${text} NOT NULL,
    state_at ${integer} NOT NULL,
    state_ordinal ${integer} NOT NULL,
    state_id ${text},
    state_message ${text},
    state_details ${text},
    state_data ${text},
    history ${text},
    run_count ${integer} NOT NULL,
    flow_run_count ${integer} NOT NULL,
    created_at ${integer} NOT NULL,
    start_at ${integer},
    end_at ${integer},
    run_time ${integer} NOT NULL,
    wake_at ${integer},
    cache_key ${text},
    retry_policy ${text},
    tags ${text},
    details ${text},
    inputs ${text},
    parameters ${text},
    outcome ${text},
    held_by ${text} ${syntax.derived(heldBy)},
    ${derivedReferences('task_run', syntax)}
  )`;
}

const indexes = [
  'CREATE INDEX task_run_held_by ON task_run (held_by, id) WHERE held_by IS NOT NULL',
  'CREATE INDEX task_run_time ON task_run (created_at)',
  'CREATE INDEX task_run_flow_run ON task_run (flow_run_id, id)',
  'CREATE INDEX task_run_parent ON task_run (parent_task_run_id, id) WHERE parent_task_run_id IS NOT NULL',
  'CREATE UNIQUE INDEX task_run_dynamic_key ON task_run (flow_run_id, task_key, dynamic_key) WHERE dynamic_key IS NOT NULL',
  `CREATE INDEX task_run_reported ON task_run (flow_run_id, id) WHERE dynamic_key IS NOT NULL AND ${unfinished}`,
  `CREATE INDEX task_run_over ON task_run (COALESCE(end_at, state_at), id) WHERE flow_run_id IS NULL AND ${over}`,
];

function reportedStates({ types: { text } }: Syntax): string[] {
  return [
    `CREATE TABLE reported_state (
      id ${text} NOT NULL PRIMARY KEY,
      run_id ${text} NOT NULL,
      run_kind ${text} NOT NULL
    )`,
    'CREATE INDEX reported_state_run ON reported_state (run_id)',
  ];
}
