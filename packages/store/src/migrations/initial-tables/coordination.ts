/** Tables of what runs hold and wait on: sessions, signals, inputs, slots and cache claims. */
import type { Syntax } from '../../sql/dialect.ts';
import { derivedReferences, referenceIndexes } from './references.ts';

export function coordinationTables(syntax: Syntax): string[] {
  return [...sessions(syntax), ...signals(syntax), ...slots(syntax), ...cache(syntax)];
}

function sessions({ types: { text, integer } }: Syntax): string[] {
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
  ];
}

function signals({ types: { text, integer } }: Syntax): string[] {
  return [
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
    `CREATE TABLE run_input (
      flow_run_id ${text} NOT NULL,
      key ${text} NOT NULL,
      sender ${text},
      created_at ${integer} NOT NULL,
      value ${text} NOT NULL,
      PRIMARY KEY (flow_run_id, key)
    )`,
  ];
}

// A slot counts while its session lives, or until its lease is over, or (neither) until it is released.
function slots({ types: { text, integer, real } }: Syntax): string[] {
  return [
    `CREATE TABLE slot_limit (
      name ${text} NOT NULL PRIMARY KEY,
      id ${text} NOT NULL UNIQUE,
      slots ${integer} NOT NULL,
      decay_per_second ${real} NOT NULL,
      active ${integer} NOT NULL,
      created_at ${integer} NOT NULL,
      updated_at ${integer} NOT NULL
    )`,
    `CREATE TABLE slot (
      lease_id ${text} NOT NULL,
      limit_name ${text} NOT NULL,
      occupy ${integer} NOT NULL,
      holder_id ${text},
      session_id ${text},
      acquired_at ${integer} NOT NULL,
      lease_until ${integer},
      expires_at ${integer},
      PRIMARY KEY (lease_id, limit_name)
    )`,
    'CREATE INDEX slot_limit_name ON slot (limit_name, expires_at)',
    'CREATE INDEX slot_holder ON slot (holder_id) WHERE holder_id IS NOT NULL',
  ];
}

function cache(syntax: Syntax): string[] {
  const { text, integer } = syntax.types;
  return [
    `CREATE TABLE cache_entry (
      key ${text} NOT NULL PRIMARY KEY,
      task_run_id ${text},
      created_at ${integer} NOT NULL,
      expires_at ${integer},
      outcome ${text} NOT NULL,
      ${derivedReferences('cache_entry', syntax)}
    )`,
    'CREATE INDEX cache_entry_expiry ON cache_entry (expires_at) WHERE expires_at IS NOT NULL',
    'CREATE INDEX cache_entry_created ON cache_entry (created_at) WHERE expires_at IS NULL',
    ...referenceIndexes('cache_entry'),
    `CREATE TABLE cache_claim (
      key ${text} NOT NULL PRIMARY KEY,
      lease_id ${text} NOT NULL UNIQUE,
      holder_id ${text} NOT NULL,
      session_id ${text},
      claimed_at ${integer} NOT NULL
    )`,
  ];
}
