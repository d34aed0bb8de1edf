/**
 * Recorded values as JSON for other programs. What JSON has no form for is shown as the nearest text or list: a Map as pairs, a Set as
 * a list, a BigInt as digits. This is for reading only; the record keeps the value whole.
 */

const DEPTH_MAX = 100;

/** A value that JSON.stringify writes without losing a part silently. */
export function plainJson(value: unknown, depth = 0): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (value === undefined) return null;
  if (typeof value !== 'object' || value === null)
    return typeof value === 'function' || typeof value === 'symbol' ? String(value) : value;
  if (depth > DEPTH_MAX) return '[too deep]';
  return plainObject(value, depth + 1);
}

function plainObject(value: object, depth: number): unknown {
  if (Array.isArray(value)) return value.map((item) => plainJson(item, depth));
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (value instanceof Map) return [...value].map(([key, item]) => [plainJson(key, depth), plainJson(item, depth)]);
  if (value instanceof Set) return [...value].map((item) => plainJson(item, depth));
  if (value instanceof URL || value instanceof RegExp) return String(value);
  if (value instanceof Error) return plainError(value, depth);
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return plainBytes(value);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plainJson(item, depth)]));
}

function plainError(error: Error, depth: number): unknown {
  return {
    name: error.name,
    message: error.message,
    ...(error.stack === undefined ? {} : { stack: error.stack }),
    ...(error.cause === undefined ? {} : { cause: plainJson(error.cause, depth) }),
  };
}

function plainBytes(value: ArrayBufferView | ArrayBuffer): unknown {
  if (ArrayBuffer.isView(value) && !(value instanceof DataView) && !(value instanceof Uint8Array))
    return Array.from(value as unknown as ArrayLike<number | bigint>, (item) => plainJson(item));
  const bytes = ArrayBuffer.isView(value)
    ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
    : new Uint8Array(value);
  return Buffer.from(bytes).toString('base64');
}
