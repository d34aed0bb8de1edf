/**
 * Reads the rich form. Each object is made empty first and filled later, so that cycles and any depth are read without recursion.
 *
 * Trusts nothing: an entry that no writer writes is refused, and nothing is evaluated.
 */
import { unflatten } from 'devalue';
import { fromSerializedError } from './deserialize-error.ts';
import type { SerializedError } from './serialize-error.ts';
import { RichReference } from './rich-references.ts';
import { bufferClass, isView } from './shape.ts';

const escaped = /^~+__proto__$/;
const LENGTH_MAX = 4_294_967_295;

const numbers: ReadonlyMap<number, unknown> = new Map<number, unknown>([
  [RichReference.undefined, undefined],
  [RichReference.nan, Number.NaN],
  [RichReference.infinity, Number.POSITIVE_INFINITY],
  [RichReference.negativeInfinity, Number.NEGATIVE_INFINITY],
  [RichReference.negativeZero, -0],
]);

const views = /^(?:(?:Int|Uint)(?:8|16|32)|Uint8Clamped|Float(?:16|32|64)|Big(?:Int|Uint)64)Array$|^DataView$/;

export function parseRich(text: string): unknown {
  const parsed = JSON.parse(text) as unknown;
  if (typeof parsed === 'number' && numbers.has(parsed)) return numbers.get(parsed);
  if (!Array.isArray(parsed) || parsed.length === 0) throw invalid();
  return new RichReader(parsed).read();
}

function invalid(): Error {
  return new Error('It has an entry that is none of the rich form.');
}

class RichReader {
  readonly #entries: readonly unknown[];
  readonly #made: unknown[] = [];
  /** Entries whose value needs another's first: an error its data, a view its buffer. */
  readonly #underWay = new Set<object>();
  /** Objects to be filled. */
  #empty: object[] = [];
  #emptyEntries: object[] = [];

  constructor(entries: readonly unknown[]) {
    this.#entries = entries;
  }

  read(): unknown {
    return this.#whole(0);
  }

  /** The value of an entry with all that it refers to. */
  #whole(index: unknown): unknown {
    const outer = this.#empty;
    const outerEntries = this.#emptyEntries;
    this.#empty = [];
    this.#emptyEntries = [];
    const value = this.#at(index);
    for (let next = this.#empty.pop(); next !== undefined; next = this.#empty.pop())
      this.#fill(next, this.#emptyEntries.pop() ?? []);
    this.#empty = outer;
    this.#emptyEntries = outerEntries;
    return value;
  }

  #at(reference: unknown): unknown {
    if (typeof reference !== 'number') throw invalid();
    if (reference < 0) {
      if (numbers.has(reference)) return numbers.get(reference);
      throw invalid();
    }
    const entry = this.#entries[reference];
    if (typeof entry !== 'object' || entry === null) {
      if (entry === undefined) throw invalid();
      return entry;
    }
    const known = this.#made[reference];
    if (known !== undefined) return known;
    const value = this.#make(entry);
    this.#made[reference] = value;
    return value;
  }

  #make(entry: object): unknown {
    if (!Array.isArray(entry)) return this.#later({}, entry);
    const [type, first] = entry as readonly unknown[];
    if (typeof type === 'string') return this.#makeTyped(type, entry);
    if (type !== RichReference.sparse) return this.#later(new Array(entry.length), entry);
    if (!Number.isInteger(first) || (first as number) < 0 || (first as number) > LENGTH_MAX) throw invalid();
    const list: unknown[] = [];
    list.length = first as number;
    return this.#later(list, entry);
  }

  #makeTyped(type: string, entry: readonly unknown[]): unknown {
    const [, first] = entry;
    switch (type) {
      case 'Set':
        return this.#later(new Set(), entry);
      case 'Map':
        return this.#later(new Map(), entry);
      case 'null':
        return this.#later(Object.create(null) as object, entry);
      case 'BigInt':
        return BigInt(first as string);
      case 'Date':
        if (typeof first !== 'string') throw invalid();
        return new Date(first);
      default:
        return this.#makeOfAnother(type, entry);
    }
  }

  /** An entry that needs the value of another one first. */
  #makeOfAnother(type: string, entry: readonly unknown[]): unknown {
    if (this.#underWay.has(entry)) throw invalid();
    this.#underWay.add(entry);
    const value = this.#madeOf(type, entry);
    this.#underWay.delete(entry);
    return value;
  }

  #madeOf(type: string, entry: readonly unknown[]): unknown {
    const [, first] = entry;
    switch (type) {
      case 'Object':
        return boxed(this.#at(first));
      case 'Error':
        return fromSerializedError(this.#whole(first) as SerializedError);
      case 'Buffer': {
        const bytes = this.#at(first);
        if (!(bytes instanceof Uint8Array)) throw invalid();
        return bufferClass()?.from(bytes) ?? bytes;
      }
      case 'View': {
        const view = this.#at(first);
        if (!isView(view)) throw invalid();
        return view;
      }
      default:
        return views.test(type) ? this.#makeView(type, entry) : unflatten([entry]);
    }
  }

  #makeView(type: string, [, first, offset, length]: readonly unknown[]): unknown {
    const buffer = this.#at(first);
    const View = (globalThis as unknown as Readonly<Record<string, new (...args: unknown[]) => unknown>>)[type];
    if (!(buffer instanceof ArrayBuffer) || View === undefined) throw invalid();
    return offset === undefined ? new View(buffer) : new View(buffer, offset, length);
  }

  #later<T extends object>(object: T, entry: object): T {
    this.#empty.push(object);
    this.#emptyEntries.push(entry);
    return object;
  }

  #fill(object: object, entry: object): void {
    if (!Array.isArray(entry)) {
      for (const [key, member] of Object.entries(entry)) define(object, key, this.#at(member));
    } else if (object instanceof Set)
      for (const member of (entry as readonly unknown[]).slice(1)) object.add(this.#at(member));
    else if (object instanceof Map) this.#fillPairs(entry, (key, value) => object.set(this.#at(key), value));
    else if (Array.isArray(object)) this.#fillList(object, entry as readonly unknown[]);
    else this.#fillPairs(entry, (key, value) => define(object, key, value));
  }

  #fillPairs(entry: object, put: (key: unknown, value: unknown) => void): void {
    const list = entry as readonly unknown[];
    for (let at = 1; at < list.length; at += 2) put(list[at], this.#at(list[at + 1]));
  }

  #fillList(list: unknown[], entry: readonly unknown[]): void {
    if (entry[0] === RichReference.sparse) {
      for (let at = 2; at < entry.length; at += 2) {
        const index = entry[at];
        if (!Number.isInteger(index) || (index as number) < 0 || (index as number) >= list.length) throw invalid();
        list[index as number] = this.#at(entry[at + 1]);
      }
      return;
    }
    for (const [index, member] of entry.entries()) if (member !== RichReference.hole) list[index] = this.#at(member);
  }
}

function boxed(value: unknown): unknown {
  if (value === null || value === undefined || typeof value === 'object') throw invalid();
  return Object(value);
}

function define(target: object, key: unknown, value: unknown): void {
  if (typeof key !== 'string' || key === '__proto__') throw invalid();
  if (key.startsWith('~') && escaped.test(key))
    Object.defineProperty(target, key.slice(1), { value, writable: true, enumerable: true, configurable: true });
  else (target as Record<string, unknown>)[key] = value;
}
