/**
 * The first schema.
 *
 * Ids are UUIDv7 text, so the primary key is also the order of creation and lists need no index of their own. Few
 * indexes, partial where most rows have nothing to say in them: each one is paid for by every write. Plain rowid tables on
 * SQLite: WITHOUT ROWID is no faster on small rows, and rows over 1 KB take twice the time and the space (measured).
 */
import { unfinished } from '../sql/conditions.ts';
import type { Syntax } from '../sql/dialect.ts';
import type { Migration } from './migration.ts';

export const initial: Migration = {
  id: '0001-initial',
  statements: (syntax) => [...flowRuns(syntax), ...taskRuns(syntax), ...coordination(syntax), ...beside(syntax)],
};

const due = 'ON flow_run (wake_at, id, flow_name) WHERE wake_at IS NOT NULL';

// A run that a sweep ended for want of a process has a `wake_at`: a process that serves its flow takes it up again.
const lost = "wake_at IS NOT NULL AND state_type = 'CRASHED'";

// What lists go by: when a run started, or is expected to. Word for word as in store/src/filters/columns.ts.
const sortAt = 'COALESCE(start_at, expected_start_at)';

function flowRuns({ types: { text, integer } }: Syntax): string[] {
  return [
    `CREATE TABLE flow_run (
      id ${text} NOT NULL PRIMARY KEY,
      flow_name ${text} NOT NULL,
      flow_version ${text},
      parent_flow_run_id ${text},
      parent_task_run_id ${text},
      root_flow_run_id ${text},
      replay_key ${text},
      idempotency_key ${text},
      name ${text} NOT NULL,
      state_type ${text} NOT NULL,
      state_name ${text} NOT NULL,
      state_at ${integer} NOT NULL,
      state_message ${text},
      state_details ${text},
      history ${text},
      run_count ${integer} NOT NULL,
      crash_count ${integer} NOT NULL,
      policy ${text} NOT NULL,
      tags ${text},
      created_at ${integer} NOT NULL,
      expected_start_at ${integer} NOT NULL,
      start_at ${integer},
      end_at ${integer},
      run_time_ms ${integer} NOT NULL,
      wake_at ${integer},
      waiting ${text},
      divergence ${text},
      rerun_of ${text},
      session_id ${text},
      token ${integer} NOT NULL,
      revision ${text} NOT NULL,
      parameters ${text} NOT NULL,
      outcome ${text}
    )`,
    'CREATE INDEX flow_run_parent ON flow_run (parent_flow_run_id, id) WHERE parent_flow_run_id IS NOT NULL',
    'CREATE INDEX flow_run_root ON flow_run (root_flow_run_id, id) WHERE root_flow_run_id IS NOT NULL',
    `CREATE INDEX flow_run_time ON flow_run (${sortAt}, state_type)`,
    'CREATE INDEX flow_run_expected ON flow_run (expected_start_at, state_type)',
    `CREATE INDEX flow_run_flow ON flow_run (flow_name, ${sortAt})`,
    `CREATE INDEX flow_run_state ON flow_run (state_type, ${sortAt}) WHERE state_type <> 'COMPLETED'`,
    'CREATE INDEX flow_run_end ON flow_run (end_at) WHERE end_at IS NOT NULL',
    'CREATE INDEX flow_run_name ON flow_run (name, id)',
    'CREATE UNIQUE INDEX flow_run_key ON flow_run (idempotency_key, flow_name) WHERE idempotency_key IS NOT NULL',
    `CREATE INDEX flow_run_session ON flow_run (session_id, id) WHERE session_id IS NOT NULL AND ${unfinished}`,
    `CREATE INDEX flow_run_wake ${due} AND start_at IS NOT NULL AND ${unfinished}`,
    `CREATE INDEX flow_run_fresh ${due} AND start_at IS NULL AND ${unfinished}`,
    `CREATE INDEX flow_run_lost ON flow_run (flow_name, wake_at, id) WHERE ${lost}`,
  ];
}

// Derived, and NULL in a flow: the common row then has no part in the index, and its updates on PostgreSQL touch none.
const heldBy = `CASE WHEN session_id IS NOT NULL AND ${unfinished} AND state_name <> 'NotReady' THEN session_id END`;

function taskRuns({ types: { text, integer }, derived }: Syntax): string[] {
  return [
    `CREATE TABLE task_run (
      id ${text} NOT NULL PRIMARY KEY,
      flow_run_id ${text},
      session_id ${text},
      parent_task_run_id ${text},
      kind ${text} NOT NULL,
      task_key ${text} NOT NULL,
      replay_key ${text} NOT NULL,
      name ${text} NOT NULL,
      state_type ${text} NOT NULL,
      state_name ${text} NOT NULL,
      state_at ${integer} NOT NULL,
      state_message ${text},
      state_details ${text},
      history ${text},
      run_count ${integer} NOT NULL,
      flow_run_count ${integer} NOT NULL,
      created_at ${integer} NOT NULL,
      start_at ${integer},
      end_at ${integer},
      run_time_ms ${integer} NOT NULL,
      wake_at ${integer},
      cache_key ${text},
      tags ${text},
      inputs ${text},
      parameters ${text},
      outcome ${text},
      held_by ${text} ${derived(heldBy)}
    )`,
    'CREATE INDEX task_run_held_by ON task_run (held_by, id) WHERE held_by IS NOT NULL',
    'CREATE INDEX task_run_time ON task_run (created_at)',
    'CREATE INDEX task_run_flow_run ON task_run (flow_run_id, id)',
    'CREATE INDEX task_run_parent ON task_run (parent_task_run_id, id) WHERE parent_task_run_id IS NOT NULL',
  ];
}

function coordination({ types: { text, integer, real } }: Syntax): string[] {
  return [
    `CREATE TABLE session (
      id ${text} NOT NULL PRIMARY KEY,
      nonce ${text} NOT NULL,
      host ${text} NOT NULL,
      boot_id ${text} NOT NULL,
      pid ${integer} NOT NULL,
      pid_started_at ${text} NOT NULL,
      serves ${text},
      opened_at ${integer} NOT NULL,
      expires_at ${integer} NOT NULL
    )`,
    `CREATE TABLE signal (
      id ${text} NOT NULL PRIMARY KEY,
      flow_run_id ${text} NOT NULL,
      name ${text} NOT NULL,
      payload ${text} NOT NULL,
      idempotency_key ${text},
      sent_at ${integer} NOT NULL,
      taken_at ${integer}
    )`,
    'CREATE INDEX signal_flow_run ON signal (flow_run_id, id)',
    'CREATE INDEX signal_untaken ON signal (flow_run_id, name, sent_at, id) WHERE taken_at IS NULL',
    'CREATE UNIQUE INDEX signal_key ON signal (flow_run_id, name, idempotency_key) WHERE idempotency_key IS NOT NULL',
    `CREATE TABLE slot_limit (
      name ${text} NOT NULL PRIMARY KEY,
      slots ${integer} NOT NULL,
      decay_per_second ${real} NOT NULL,
      active ${integer} NOT NULL
    )`,
    `CREATE TABLE slot (
      lease_id ${text} NOT NULL,
      limit_name ${text} NOT NULL,
      occupy ${integer} NOT NULL,
      holder_id ${text} NOT NULL,
      session_id ${text},
      acquired_at ${integer} NOT NULL,
      expires_at ${real},
      PRIMARY KEY (lease_id, limit_name)
    )`,
    'CREATE INDEX slot_limit_name ON slot (limit_name, expires_at)',
    'CREATE INDEX slot_holder ON slot (holder_id)',
    `CREATE TABLE cache_entry (
      key ${text} NOT NULL PRIMARY KEY,
      task_run_id ${text},
      created_at ${integer} NOT NULL,
      expires_at ${integer},
      outcome ${text} NOT NULL
    )`,
    `CREATE TABLE cache_claim (
      key ${text} NOT NULL PRIMARY KEY,
      lease_id ${text} NOT NULL UNIQUE,
      holder_id ${text} NOT NULL,
      session_id ${text},
      claimed_at ${integer} NOT NULL
    )`,
  ];
}

function beside({ types: { text, integer, sequence } }: Syntax): string[] {
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
    `CREATE TABLE variable (
      name ${text} NOT NULL PRIMARY KEY,
      tags ${text},
      value ${text} NOT NULL
    )`,
    `CREATE TABLE writer (
      id ${text} NOT NULL PRIMARY KEY,
      batch ${integer} NOT NULL,
      committed_at ${integer} NOT NULL
    )`,
  ];
}
