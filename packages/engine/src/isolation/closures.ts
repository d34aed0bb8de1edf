/** Functions that exist only in the worker and that the host calls by number: tasks that the isolated body made, and schemas. */
import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { TaskDefinition } from '../definitions/definition.ts';

/** One of them. */
export type Closure =
  | { readonly kind: 'task'; readonly definition: TaskDefinition }
  | { readonly kind: 'schema'; readonly schema: StandardSchemaV1 };

/** Gives each a number that stays the same for later uses. */
export class Closures {
  readonly #all: Closure[] = [];
  readonly #numbers = new Map<object, number>();

  get(number: number): Closure | undefined {
    return this.#all[number];
  }

  numberOf(closure: Closure): number {
    const key = closure.kind === 'task' ? closure.definition : closure.schema;
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    this.#numbers.set(key, this.#all.length);
    return this.#all.push(closure) - 1;
  }

  /** The options with each schema replaced by the number of the closure that validates. */
  withSchemas(options: unknown): unknown {
    if (typeof options !== 'object' || options === null) return options;
    return Object.fromEntries(
      Object.entries(options).map(([name, value]: [string, unknown]) =>
        isSchema(value) ? [name, { closure: this.numberOf({ kind: 'schema', schema: value }) }] : [name, value],
      ),
    );
  }
}

function isSchema(value: unknown): value is StandardSchemaV1 {
  return (typeof value === 'object' || typeof value === 'function') && value !== null && '~standard' in value;
}
