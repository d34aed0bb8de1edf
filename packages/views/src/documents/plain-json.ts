/**
 * Recorded values as JSON for other programs. A value that JSON has no form for becomes the nearest string or array: a Map an array of
 * pairs, a Set an array, a BigInt its digits. For reading only: the record keeps the value unchanged.
 */

const DEPTH_MAX = 100;
/** JSON is a tree, so a shared part is written at each reference. After this many repeats only a mark is written. */
const REPEATS_MAX = 10_000;

/** A value that JSON.stringify writes without dropping parts silently. */
export function plainJson(value: unknown): unknown {
  return new PlainWriter().write(value, 0);
}

class PlainWriter {
  readonly #ancestors = new Set<object>();
  readonly #seen = new Set<object>();
  #repeatCount = 0;

  write(value: unknown, depth: number): unknown {
    if (typeof value === 'bigint') return value.toString();
    if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
    if (value === undefined) return null;
    if (typeof value !== 'object' || value === null)
      return typeof value === 'function' || typeof value === 'symbol' ? String(value) : value;
    if (this.#ancestors.has(value)) return '[circular]';
    if (depth > DEPTH_MAX) return '[too deep]';
    if (this.#seen.has(value)) this.#repeatCount += 1;
    else this.#seen.add(value);
    if (this.#repeatCount > REPEATS_MAX) return '[repeated]';
    this.#ancestors.add(value);
    const written = this.#object(value, depth + 1);
    this.#ancestors.delete(value);
    return written;
  }

  #object(value: object, depth: number): unknown {
    if (Array.isArray(value)) return value.map((item) => this.write(item, depth));
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
    if (value instanceof Map) return [...value].map(([key, item]) => [this.write(key, depth), this.write(item, depth)]);
    if (value instanceof Set) return [...value].map((item) => this.write(item, depth));
    if (value instanceof RegExp || tagOf(value) === '[object URL]') return String(value);
    if (value instanceof Error) return this.#error(value, depth);
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return this.#bytes(value);
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.write(item, depth)]));
  }

  #error(error: Error, depth: number): unknown {
    return {
      name: error.name,
      message: error.message,
      ...(error.stack === undefined ? {} : { stack: error.stack }),
      ...(error.cause === undefined ? {} : { cause: this.write(error.cause, depth) }),
    };
  }

  #bytes(value: ArrayBufferView | ArrayBuffer): unknown {
    if (ArrayBuffer.isView(value) && !(value instanceof DataView) && !(value instanceof Uint8Array))
      return Array.from(value as unknown as ArrayLike<number | bigint>, (item) => this.write(item, 0));
    const bytes = ArrayBuffer.isView(value)
      ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
      : new Uint8Array(value);
    return base64(bytes);
  }
}

/** The name that a class gives itself: the kernel's platform has no URL class to compare with. */
function tagOf(value: object): string {
  return Object.prototype.toString.call(value);
}

/** Every platform has it; the types of the language itself do not name it. */
const { btoa } = globalThis as unknown as { readonly btoa: (binary: string) => string };
/** A multiple of three, so that the parts join without padding between them. */
const BASE64_BYTES = 3 * 4_096;

function base64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += BASE64_BYTES)
    text += btoa(String.fromCharCode(...bytes.subarray(at, at + BASE64_BYTES)));
  return text;
}
