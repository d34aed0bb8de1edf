/**
 * The kind of an object of any realm: plain data, a built-in that the codec keeps, or an instance of a user's class.
 *
 * A built-in is recognized by its tag and by the distance of its prototype from the root. A subclass is one step further and is refused,
 * because it would be read as its parent class. A tag that a class sets itself is ignored.
 */

import { isError } from '../errors/builtin-errors.ts';

/** Nesting that no data needs; deeper is a cycle of objects made on the fly, or an attack. */
export const DEPTH_MAX = 256;

/** Prototypes between the object and the end of the chain. */
const builtinDepths: ReadonlyMap<string, number> = new Map([
  ...['Date', 'Map', 'Set', 'URL', 'URLSearchParams', 'RegExp', 'ArrayBuffer', 'DataView'].map(
    (tag) => [tag, 2] as const,
  ),
  ...['Number', 'String', 'Boolean', 'BigInt'].map((tag) => [tag, 2] as const),
  ...['Int8Array', 'Uint8Array', 'Uint8ClampedArray', 'Int16Array', 'Uint16Array', 'Int32Array', 'Uint32Array'].map(
    (tag) => [tag, 3] as const,
  ),
  ...['Float16Array', 'Float32Array', 'Float64Array', 'BigInt64Array', 'BigUint64Array'].map(
    (tag) => [tag, 3] as const,
  ),
]);

export type Shape = 'array' | 'object' | 'error' | 'buffer' | 'foreign' | 'Map' | 'Set' | 'view' | (string & {});

/** 'array', 'object', 'error', 'buffer' (Node's), the tag of a built-in ('Date', 'Map', 'Uint8Array', ...), or 'foreign'. */
export function shapeOf(value: object): Shape {
  if (Array.isArray(value)) return prototypeCount(value) === 2 ? 'array' : 'foreign';
  // Nearly everything.
  if (Object.getPrototypeOf(value) === Object.prototype) return 'object';
  if (isError(value)) return 'error';
  if (isBuffer(value)) return 'buffer';
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  if (tag === 'Object') return isPlainPrototype(Object.getPrototypeOf(value)) ? 'object' : 'foreign';
  return builtinDepths.get(tag) === prototypeCount(value) && isGenuine(value, tag) ? tag : 'foreign';
}

/** The language knows these by their internal slots: they have no tag that could be forged. */
const untagged: ReadonlySet<string> = new Set(['Date', 'RegExp', 'Number', 'String', 'Boolean']);

function isGenuine(value: object, tag: string): boolean {
  return untagged.has(tag) ? !(Symbol.toStringTag in value) : classNameOf(value) === tag;
}

/** Whether objects of this prototype are plain: `{}` of any realm, and `Object.create(null)`. */
function isPlainPrototype(prototype: object | null): boolean {
  return prototype === null || (Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'isPrototypeOf'));
}

function prototypeCount(value: object): number {
  let count = 0;
  for (
    let next = Object.getPrototypeOf(value) as object | null;
    next !== null;
    next = Object.getPrototypeOf(next) as object | null
  )
    count += 1;
  return count;
}

/** Keys that neither form can hold. */
export function hasSymbolKeys(value: object): boolean {
  const symbols = Object.getOwnPropertySymbols(value);
  return symbols.length > 0 && symbols.some((symbol) => Object.prototype.propertyIsEnumerable.call(value, symbol));
}

export interface BufferClass {
  isBuffer(value: unknown): boolean;
  from(bytes: Uint8Array): Uint8Array;
}

/** Node's Buffer where there is one: the kernel imports nothing of Node's. */
export function bufferClass(): BufferClass | undefined {
  return (globalThis as { readonly Buffer?: BufferClass }).Buffer;
}

function isBuffer(value: object): boolean {
  return bufferClass()?.isBuffer(value) === true;
}

/** A typed array or DataView. */
export function isView(value: unknown): value is ArrayBufferView {
  return ArrayBuffer.isView(value);
}

/** An object in words, for people: `an instance of Socket`. */
export function describeForeign(value: object): string {
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  if (tag === 'Promise') return 'it is a promise, so await it first';
  const name = classNameOf(value) ?? tag;
  return `it is an instance of ${name}`;
}

/** The name of the class that the object is of; undefined for plain objects and classes without a name. */
export function classNameOf(value: object): string | undefined {
  const owner: unknown = (Object.getPrototypeOf(value) as { readonly constructor?: unknown } | null)?.constructor;
  return typeof owner !== 'function' || owner.name === '' || owner.name === 'Object' ? undefined : owner.name;
}
