/**
 * Prepares a statement for the connections of one schema.
 *
 * Its tables are named with their schema, so that no setting of the server, the role or a pooler leads to another one. Its name is a hash
 * of its text, because behind a pooler that shares names a name must mean the same statement, whichever process prepared it.
 */
import { createHash } from 'node:crypto';

export interface PreparedText {
  /** Absent behind a pooler: another client's connection to the server does not know what was prepared on this one. */
  readonly name?: string;
  readonly text: string;
}

const tables = [
  'artifact',
  'blob_chunk',
  'cache_claim',
  'cache_entry',
  'change',
  'flow',
  'flow_run',
  'follower',
  'log',
  'millrace_migration',
  'removal',
  'reported_state',
  'run_input',
  'service_turn',
  'session',
  'signal',
  'slot',
  'slot_limit',
  'store_property',
  'task_run',
  'variable',
  'writer',
].join('|');
// Where a table is named and no column: `ON flow_run (` of an index, and not `ON flow_run.id =` of a join.
const named = new RegExp(`\\b(FROM|JOIN|INTO|UPDATE|TABLE|TABLE IF NOT EXISTS|ON) (${tables})\\b(?!\\.)`, 'g');

/** The text with each table in the schema. */
export function qualified(sql: string, schema: string): string {
  return sql.replaceAll(named, `$1 "${schema}".$2`);
}

/** Turns statements with `?` into PostgreSQL's, each once. */
export class Preparer {
  readonly #schema: string;
  readonly #isNamed: boolean;
  readonly #prepared = new Map<string, PreparedText>();

  constructor({ schema, isPooled }: { readonly schema: string; readonly isPooled: boolean }) {
    this.#schema = schema;
    this.#isNamed = !isPooled;
  }

  /** `once`: without a name, so that neither this process nor the server keeps a text that may never come again. */
  prepare(sql: string, use?: 'once'): PreparedText {
    const known = this.#prepared.get(sql);
    if (known !== undefined) return known;
    let position = 0;
    const text = qualified(sql, this.#schema).replaceAll('?', () => `$${++position}`);
    if (use === 'once') return { text };
    const made = this.#isNamed ? { name: nameOf(text), text } : { text };
    this.#prepared.set(sql, made);
    return made;
  }
}

function nameOf(text: string): string {
  return `millrace_${createHash('sha256').update(text).digest('hex').slice(0, 32)}`;
}
