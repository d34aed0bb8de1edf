/** Conditions of statements: joined with their parameters in one order, and those that several queries share. */
import type { SqlParameter } from './dialect.ts';

/** The run has not ended. Word for word as in the partial indexes: only then does either planner use them. */
export const unfinished = "state_type NOT IN ('COMPLETED', 'FAILED', 'CANCELLED', 'CRASHED')";

/** Nothing can become of the run any more: one that is left NotReady is PENDING for good. */
export const over = "(state_type IN ('COMPLETED', 'FAILED', 'CANCELLED', 'CRASHED') OR state_name = 'NotReady')";

/** When a run started, or is expected to. Word for word in indexes and statements, where `prefix` is the table's alias and a dot. */
export function sortAt(prefix = ''): string {
  return `COALESCE(${prefix}start_at, ${prefix}expected_start_at)`;
}

/** Conditions and their parameters, in one order. */
export class Conditions {
  readonly #texts: string[] = [];
  readonly parameters: SqlParameter[] = [];

  add(text: string, ...parameters: readonly SqlParameter[]): this {
    this.#texts.push(text);
    this.parameters.push(...parameters);
    return this;
  }

  /** As `add`, unless the value is undefined. */
  when(value: SqlParameter | undefined, text: string): this {
    return value === undefined ? this : this.add(text, value);
  }

  /** ` WHERE …`; '' = no condition. */
  get where(): string {
    return this.#texts.length === 0 ? '' : ` WHERE ${this.#texts.join(' AND ')}`;
  }
}

/** The first text that no text with this prefix reaches: prefix <= x < end. */
export function prefixEnd(prefix: string): string {
  return `${prefix}\u{10FFFF}`;
}
