/**
 * Flows as rows: one a name. The row is made with the first run of the name, by whichever process records that.
 *
 * The id follows from the name, so that processes that don't know each other give a flow the same one.
 */
import { createHash } from 'node:crypto';
import type { FlowWrite } from '../sql/dialect.ts';
import { toMicros } from '../sql/instants.ts';

const idsMax = 10_000;
const ids = new Map<string, string>();

/**
 * The id of the flow of this name: a UUID of version 8 made of the name's SHA-256.
 *
 * @example
 * flowIdOf('etl') // the same on every machine
 */
export function flowIdOf(name: string): string {
  const known = ids.get(name);
  if (known !== undefined) return known;
  const hex = createHash('sha256').update(`millrace flow ${name}`).digest('hex');
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 0x3) | 0x8).toString(16);
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    variant + hex.slice(17, 20),
    hex.slice(20, 32),
  ];
  const id = parts.join('-');
  if (ids.size >= idsMax) ids.clear();
  ids.set(name, id);
  return id;
}

/** A flow that has its first run in a batch. */
export interface NewFlow {
  readonly id: string;
  readonly name: string;
  /** Microseconds. */
  readonly createdAt: number;
}

/** Flows of the runs that a batch inserts, each once, by name: the order in which their rows are locked. */
export function flowsOf(writes: readonly FlowWrite[]): readonly NewFlow[] {
  const found = new Map<string, NewFlow>();
  for (const { record, expected } of writes) {
    if (expected !== '' || found.has(record.flowName)) continue;
    const createdAt = toMicros(record.createdAt, 'createdAt');
    found.set(record.flowName, { id: flowIdOf(record.flowName), name: record.flowName, createdAt });
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}
