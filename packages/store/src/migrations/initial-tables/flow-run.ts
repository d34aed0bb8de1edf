/** Flows and their runs. A run points to its flow by name, which is unique: `flow_run.flow_name` is `flow.name`. */
import { over, sortAt, unfinished } from '../../sql/conditions.ts';
import type { Syntax } from '../../sql/dialect.ts';
import { derivedReferences, referenceIndexes } from './references.ts';

const due = 'ON flow_run (wake_at, id, flow_name) WHERE wake_at IS NOT NULL';

// A run that a sweep ended for want of a process has a `wake_at`: a process that serves its flow takes it up again.
const lost = "wake_at IS NOT NULL AND state_type = 'CRASHED'";

export function flowRunTables(syntax: Syntax): string[] {
  return [flowTable(syntax), flowRunTable(syntax), ...indexes, ...referenceIndexes('flow_run')];
}

function flowTable({ types: { text, integer } }: Syntax): string {
  return `CREATE TABLE flow (
    id ${text} NOT NULL PRIMARY KEY,
    name ${text} NOT NULL UNIQUE,
    tags ${text},
    labels ${text},
    created_at ${integer} NOT NULL,
    updated_at ${integer} NOT NULL
  )`;
}

function flowRunTable(syntax: Syntax): string {
  const { text, integer } = syntax.types;
  return `CREATE TABLE flow_run (
    id ${text} NOT NULL PRIMARY KEY,
    flow_name ${text} NOT NULL,
    flow_version ${text},
    driver ${text},
    parent_flow_run_id ${text},
    parent_task_run_id ${text},
    root_flow_run_id ${text},
    replay_key ${text},
    idempotency_key ${text},
    deployment_id ${text},
    work_queue_id ${text},
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
    crash_count ${integer} NOT NULL,
    policy ${text} NOT NULL,
    tags ${text},
    created_at ${integer} NOT NULL,
    expected_start_at ${integer} NOT NULL,
    next_start_at ${integer},
    start_at ${integer},
    end_at ${integer},
    run_time ${integer} NOT NULL,
    wake_at ${integer},
    waiting ${text},
    divergence ${text},
    rerun_of ${text},
    session_id ${text},
    token ${integer} NOT NULL,
    last_seen_at ${integer},
    revision ${text} NOT NULL,
    details ${text},
    parameters ${text} NOT NULL,
    outcome ${text},
    ${derivedReferences('flow_run', syntax)}
  )`;
}

const indexes = [
  'CREATE INDEX flow_run_parent ON flow_run (parent_flow_run_id, id) WHERE parent_flow_run_id IS NOT NULL',
  'CREATE INDEX flow_run_parent_task ON flow_run (parent_task_run_id) WHERE parent_task_run_id IS NOT NULL',
  'CREATE INDEX flow_run_root ON flow_run (root_flow_run_id, id) WHERE root_flow_run_id IS NOT NULL',
  // The columns after the first are tested in the index: else a list that ends in the past reads the row of every newer run.
  `CREATE INDEX flow_run_time ON flow_run (${sortAt()}, state_type, expected_start_at, end_at)`,
  'CREATE INDEX flow_run_expected ON flow_run (expected_start_at, state_type)',
  `CREATE INDEX flow_run_flow ON flow_run (flow_name, ${sortAt()})`,
  `CREATE INDEX flow_run_state ON flow_run (state_type, ${sortAt()}) WHERE state_type <> 'COMPLETED'`,
  `CREATE INDEX flow_run_deployment ON flow_run (deployment_id, ${sortAt()}) WHERE deployment_id IS NOT NULL`,
  `CREATE INDEX flow_run_queue ON flow_run (work_queue_id, ${sortAt()}) WHERE work_queue_id IS NOT NULL`,
  'CREATE INDEX flow_run_next ON flow_run (next_start_at) WHERE next_start_at IS NOT NULL',
  'CREATE INDEX flow_run_end ON flow_run (end_at) WHERE end_at IS NOT NULL',
  'CREATE INDEX flow_run_name ON flow_run (name, id)',
  'CREATE UNIQUE INDEX flow_run_key ON flow_run (idempotency_key, flow_name) WHERE idempotency_key IS NOT NULL',
  `CREATE INDEX flow_run_session ON flow_run (session_id, id) WHERE session_id IS NOT NULL AND ${unfinished}`,
  `CREATE INDEX flow_run_wake ${due} AND start_at IS NOT NULL AND ${unfinished}`,
  `CREATE INDEX flow_run_fresh ${due} AND start_at IS NULL AND ${unfinished}`,
  `CREATE INDEX flow_run_lost ON flow_run (flow_name, wake_at, id) WHERE ${lost}`,
  `CREATE INDEX flow_run_over ON flow_run (COALESCE(end_at, state_at), id) WHERE parent_flow_run_id IS NULL AND ${over}`,
  `CREATE INDEX flow_run_last_seen ON flow_run (last_seen_at, id) WHERE last_seen_at IS NOT NULL AND ${unfinished}`,
];
