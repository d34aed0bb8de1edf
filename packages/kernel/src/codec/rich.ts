/**
 * The rich form: devalue's format, with three additions of ours. A list of entries, each object once; a reference is the number of
 * an entry, or a negative one for what JSON lacks.
 *
 * Written and read without recursion, so that neither cycles nor depth can exhaust the stack. Errors are kept as the data of
 * serialize-error.ts. Views of a part of a buffer, and Node's Buffers (slices of a pool that holds other requests' bytes), are
 * stored as copies of their own bytes. Keys `__proto__` are escaped as `~__proto__`. Values must have passed `checkStorable`.
 */
import { stringify } from 'devalue';
import { isError } from '../errors/builtin-errors.ts';
import { toSerializedError } from './serialize-error.ts';
import { RichReference } from './rich-references.ts';
import { bufferClass, isView, shapeOf } from './shape.ts';

export { parseRich } from './rich-reader.ts';

const escapable = /^~*__proto__$/;

export function stringifyRich(value: unknown): string {
  return new RichWriter().write(value);
}

class RichWriter {
  readonly #numbers = new Map<unknown, number>();
  readonly #values: unknown[] = [];

  write(value: unknown): string {
    const first = this.#reference(value);
    if (first < 0) return String(first);
    const entries: string[] = [];
    // The list grows while it is read.
    for (const each of this.#values) entries.push(this.#entry(each));
    return `[${entries.join(',')}]`;
  }

  #reference(value: unknown): number {
    if (value === undefined) return RichReference.undefined;
    if (typeof value === 'number') {
      if (Number.isNaN(value)) return RichReference.nan;
      if (value === Number.POSITIVE_INFINITY) return RichReference.infinity;
      if (value === Number.NEGATIVE_INFINITY) return RichReference.negativeInfinity;
      if (Object.is(value, -0)) return RichReference.negativeZero;
    }
    let number = this.#numbers.get(value);
    if (number === undefined) {
      number = this.#values.push(value) - 1;
      this.#numbers.set(value, number);
    }
    return number;
  }

  #entry(value: unknown): string {
    if (typeof value === 'string') return JSON.stringify(value);
    if (typeof value === 'bigint') return `["BigInt","${value}"]`;
    return typeof value === 'object' && value !== null ? this.#objectEntry(value) : String(value);
  }

  #objectEntry(value: object): string {
    if (isError(value)) return `["Error",${this.#reference(toSerializedError(value))}]`;
    if (isView(value)) return this.#viewEntry(value);
    const shape = shapeOf(value);
    switch (shape) {
      case 'array':
        return this.#arrayEntry(value as readonly unknown[]);
      case 'object':
        return this.#recordEntry(value as Readonly<Record<string, unknown>>);
      case 'Set':
        return this.#listEntry('Set', value as ReadonlySet<unknown>);
      case 'Map':
        return this.#listEntry('Map', [...(value as ReadonlyMap<unknown, unknown>)].flat());
      case 'Number':
      case 'String':
      case 'Boolean':
      case 'BigInt':
        return `["Object",${this.#reference((value as { valueOf(): unknown }).valueOf())}]`;
      case 'Date':
        return `["Date","${Number.isNaN((value as Date).getTime()) ? '' : (value as Date).toISOString()}"]`;
      default:
        // A value that refers to nothing else is written alone, in its brackets.
        return stringify(value).slice(1, -1);
    }
  }

  #viewEntry(view: ArrayBufferView): string {
    if (bufferClass()?.isBuffer(view) === true) return `["Buffer",${this.#reference(copyOf(view))}]`;
    if (view.byteLength !== view.buffer.byteLength) return `["View",${this.#reference(copyOf(view))}]`;
    return `["${Object.prototype.toString.call(view).slice(8, -1)}",${this.#reference(view.buffer)}]`;
  }

  #listEntry(type: string, members: Iterable<unknown>): string {
    let text = `["${type}"`;
    for (const member of members) text += `,${this.#reference(member)}`;
    return `${text}]`;
  }

  #arrayEntry(value: readonly unknown[]): string {
    let text = '[';
    let isDense = false;
    for (let index = 0; index < value.length; index += 1) {
      const member = value[index];
      const isHole = member === undefined && !Object.hasOwn(value, index);
      // Looked at once only: an array may be billions long.
      if (isHole && !isDense && isMostlyHoles(value)) return this.#sparseEntry(value);
      isDense ||= isHole;
      text += `${index === 0 ? '' : ','}${isHole ? RichReference.hole : this.#reference(member)}`;
    }
    return `${text}]`;
  }

  #sparseEntry(value: readonly unknown[]): string {
    let text = `[${RichReference.sparse},${value.length}`;
    for (const key of Object.keys(value)) if (isIndex(key)) text += `,${key},${this.#reference(value[Number(key)])}`;
    return `${text}]`;
  }

  #recordEntry(value: Readonly<Record<string, unknown>>): string {
    const isBare = Object.getPrototypeOf(value) === null;
    let text = isBare ? '["null"' : '{';
    let isFirst = true;
    for (const key of Object.keys(value)) {
      const name = JSON.stringify(escapable.test(key) ? `~${key}` : key);
      const reference = this.#reference(value[key]);
      text += isBare ? `,${name},${reference}` : `${isFirst ? '' : ','}${name}:${reference}`;
      isFirst = false;
    }
    return `${text}${isBare ? ']' : '}'}`;
  }
}

/** Whether a list of indexes is shorter: a hole costs three characters, an index its digits and a comma. */
function isMostlyHoles(value: readonly unknown[]): boolean {
  const { length } = value;
  const count = Object.keys(value).length;
  const digits = String(length).length;
  return (length - count) * 3 > 4 + digits + count * (digits + 1);
}

function isIndex(key: string): boolean {
  return String(Number(key) >>> 0) === key && key !== '4294967295';
}

/** The same kind of view over a buffer of its own; of a Buffer, a Uint8Array. */
function copyOf(view: ArrayBufferView): ArrayBufferView {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength).slice();
  if (bufferClass()?.isBuffer(view) === true) return bytes;
  const View = view.constructor as new (buffer: ArrayBuffer) => ArrayBufferView;
  return new View(bytes.buffer);
}
