/**
 * The rich form: devalue's text with three additions of ours.
 *
 * Errors are kept as the data of errors/serialize.ts. Views of a part of a buffer, and Node's Buffers
 * (slices of a pool that holds other requests' bytes), are stored as copies of their own bytes. Keys `__proto__`, which devalue
 * refuses, are escaped as `~__proto__`. Values must have passed `checkStorable`.
 */
import { parse, stringify } from 'devalue';
import { isError } from '../errors/builtin-errors.ts';
import { fromSerializedError } from '../errors/deserialize.ts';
import { type SerializedError, toSerializedError } from '../errors/serialize.ts';
import { bufferClass, isView } from './shape.ts';

const escapable = /^~*__proto__$/;

export function stringifyRich(value: unknown): string {
  return stringify(value, reducers, { operations: { shapeOf: escapedShape, get: readEscaped } });
}

export function parseRich(text: string): unknown {
  return parse(text, revivers, { operations: { set: writeEscaped } });
}

const reducers = {
  Error: (value: unknown): unknown => isError(value) && toSerializedError(value),
  Buffer: (value: unknown): unknown => isView(value) && bufferClass()?.isBuffer(value) === true && copyOf(value),
  View: (value: unknown): unknown => isView(value) && value.byteLength !== value.buffer.byteLength && copyOf(value),
};

const revivers = {
  Error: (data: SerializedError): Error => fromSerializedError(data),
  Buffer: (bytes: Uint8Array): Uint8Array => bufferClass()?.from(bytes) ?? bytes,
  View: (view: unknown): unknown => view,
};

/** The same kind of view over a buffer of its own; of a Buffer, a Uint8Array. */
function copyOf(view: ArrayBufferView): ArrayBufferView {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength).slice();
  if (bufferClass()?.isBuffer(view) === true) return bytes;
  const View = view.constructor as new (buffer: ArrayBuffer) => ArrayBufferView;
  return new View(bytes.buffer);
}

function escapedShape(value: object): { readonly kind: 'plain' | 'null-proto'; readonly keys: string[] } {
  const keys = Object.keys(value);
  for (const [index, key] of keys.entries()) {
    if (escapable.test(key)) keys[index] = `~${key}`;
  }
  return { kind: Object.getPrototypeOf(value) === null ? 'null-proto' : 'plain', keys };
}

function readEscaped(value: object, key: string | number): unknown {
  return (value as Readonly<Record<string | number, unknown>>)[unescaped(key)];
}

function writeEscaped(target: object, key: string | number, value: unknown): void {
  Object.defineProperty(target, unescaped(key), { value, writable: true, enumerable: true, configurable: true });
}

function unescaped(key: string | number): string | number {
  return typeof key === 'string' && key.startsWith('~') && escapable.test(key) ? key.slice(1) : key;
}
