/**
 * Makes a copy of an error's data that can be stored: plain data with its cycles and shared references, and class instances as their
 * fields. Functions, symbols, promises and getters that throw are left out.
 */
import { isView, shapeOf } from './shape.ts';
import { isError } from '../errors/builtin-errors.ts';

/** Objects in one copy. */
const OBJECTS_COUNT_MAX = 2_000;
const DEPTH_MAX = 100;
/** The length of an object or an entry besides its texts. */
const PART_LENGTH = 4;

/** In the place of what is no data. */
const OMITTED = Symbol('omitted');

/** A copy and about how many characters it takes. */
export interface DataCopy {
  readonly value: unknown;
  readonly length: number;
}

/**
 * The copy, or undefined when it would be longer than that many characters, or there is no data in it at all.
 *
 * @param errorData what stands for an error in it
 */
export function dataCopy(
  value: unknown,
  { lengthMax, errorData }: { readonly lengthMax: number; readonly errorData: (error: Error) => unknown },
): DataCopy | undefined {
  const copier = new DataCopier(lengthMax, errorData);
  try {
    const copy = copier.copy(value, 0);
    return copy === OMITTED ? undefined : { value: copy, length: copier.length };
  } catch {
    // Too large, or a proxy whose traps throw.
    return undefined;
  }
}

class TooLarge extends Error {}

class DataCopier {
  readonly #lengthMax: number;
  readonly #errorData: (error: Error) => unknown;
  readonly #copies = new Map<object, unknown>();
  length = 0;

  constructor(lengthMax: number, errorData: (error: Error) => unknown) {
    this.#lengthMax = lengthMax;
    this.#errorData = errorData;
  }

  copy(value: unknown, depth: number): unknown {
    switch (typeof value) {
      case 'function':
      case 'symbol':
        return OMITTED;
      case 'object':
        return value === null ? this.#counted(value, PART_LENGTH) : this.#copyObject(value, depth);
      case 'string':
        return this.#counted(value, value.length);
      default:
        return this.#counted(value, PART_LENGTH);
    }
  }

  #counted<T>(value: T, length: number): T {
    this.length += length;
    if (this.length > this.#lengthMax) throw new TooLarge();
    return value;
  }

  #copyObject(value: object, depth: number): unknown {
    if (this.#copies.has(value)) return this.#copies.get(value);
    if (depth > DEPTH_MAX || this.#copies.size >= OBJECTS_COUNT_MAX) throw new TooLarge();
    this.#counted(value, PART_LENGTH);
    if (isError(value)) return this.#made(value, this.#errorData(value));
    const shape = shapeOf(value);
    switch (shape) {
      case 'object':
        return this.#copyRecord(value, {
          depth,
          prototype: Object.getPrototypeOf(value) === null ? null : Object.prototype,
        });
      case 'foreign':
        return this.#copyForeign(value, depth);
      case 'array':
      case 'Map':
      case 'Set':
        return this.#copyList(value, depth);
      default:
        // Never changed by us, and bytes are counted as text.
        if (isView(value)) this.#counted(value, value.byteLength);
        return this.#made(value, value);
    }
  }

  #made<T>(of: object, copy: T): T {
    this.#copies.set(of, copy);
    return copy;
  }

  #copyRecord(
    value: object,
    { depth, prototype }: { readonly depth: number; readonly prototype: object | null },
  ): object {
    const copy = this.#made(value, Object.create(prototype) as object);
    for (const key of Object.keys(value)) {
      this.#counted(key, key.length);
      const part = this.#part(value, { key, depth });
      // Defined and not set: a key may be `__proto__`.
      if (part !== OMITTED)
        Object.defineProperty(copy, key, { value: part, writable: true, enumerable: true, configurable: true });
    }
    return copy;
  }

  #part(of: object, { key, depth }: { readonly key: string; readonly depth: number }): unknown {
    let part: unknown;
    try {
      part = (of as Readonly<Record<string, unknown>>)[key];
    } catch {
      return OMITTED;
    }
    return this.copy(part, depth + 1);
  }

  #copyList(value: object, depth: number): object {
    if (Array.isArray(value)) {
      const copy: unknown[] = this.#made(value, []);
      for (const item of value) {
        const kept = this.copy(item, depth + 1);
        copy.push(kept === OMITTED ? undefined : kept);
      }
      return copy;
    }
    if (value instanceof Set) {
      const copy = this.#made(value, new Set());
      for (const member of value) this.#ifKept(this.copy(member, depth + 1), (kept) => copy.add(kept));
      return copy;
    }
    const copy = this.#made(value, new Map());
    for (const [key, member] of value as ReadonlyMap<unknown, unknown>)
      this.#ifKept(this.copy(key, depth + 1), (keptKey) =>
        this.#ifKept(this.copy(member, depth + 1), (kept) => copy.set(keptKey, kept)),
      );
    return copy;
  }

  #ifKept(copy: unknown, keep: (copy: unknown) => void): void {
    if (copy !== OMITTED) keep(copy);
  }

  /** An instance of a class of the user's: what it says of itself as JSON, else its own fields. */
  #copyForeign(value: object, depth: number): unknown {
    if (typeof (value as { readonly then?: unknown }).then === 'function' || isView(value)) return OMITTED;
    const { toJSON } = value as { readonly toJSON?: unknown };
    if (typeof toJSON === 'function')
      return this.#made(value, this.copy((toJSON as () => unknown).call(value), depth + 1));
    if (Array.isArray(value) || value instanceof Map || value instanceof Set) return this.#copyList(value, depth);
    return this.#copyRecord(value, { depth, prototype: Object.prototype });
  }
}
