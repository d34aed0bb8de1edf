/** Pieces of SQL that carry their parameters, so that a statement can be put together from the inside out. */
import type { SqlParameter } from '../sql/dialect.ts';

export interface Fragment {
  readonly sql: string;
  readonly parameters: readonly SqlParameter[];
}

/** A piece of SQL with the parameters of its question marks. */
export function fragment(sql: string, ...parameters: readonly SqlParameter[]): Fragment {
  return { sql, parameters };
}

/** The pieces in one, with the text between them. */
export function join(fragments: readonly Fragment[], separator: string): Fragment {
  return {
    sql: fragments.map(({ sql }) => sql).join(separator),
    parameters: fragments.flatMap(({ parameters }) => parameters),
  };
}

/** Every condition holds; of no conditions that is true. */
export function every(conditions: readonly Fragment[]): Fragment {
  const [only, ...more] = conditions;
  if (only === undefined) return fragment('1 = 1');
  return more.length === 0 ? only : join(conditions.map(bracketed), ' AND ');
}

/** At least one condition holds; of no conditions that is false. */
export function some(conditions: readonly Fragment[]): Fragment {
  const [only, ...more] = conditions;
  if (only === undefined) return fragment('1 = 0');
  return more.length === 0 ? only : join(conditions.map(bracketed), ' OR ');
}

function bracketed({ sql, parameters }: Fragment): Fragment {
  return { sql: `(${sql})`, parameters };
}
