/**
 * Separates values that JSON keeps whole from those that need the rich form.
 *
 * JSON keeps trees of plain objects, dense arrays, finite numbers, strings, booleans and null whole, if none of them has a `toJSON`. A
 * value that occurs twice is no tree, because only the rich form keeps sharing and cycles. The walk itself never throws; a getter may.
 */
import { DEPTH_MAX, hasSymbolKeys } from './shape.ts';

/** Up to here a list is searched faster than a set is built. */
const FEW_MAX = 12;

/** Whether `JSON.parse(JSON.stringify(value))` gives back an equal value. */
export function isPlainJson(value: object): boolean {
  return isPlainContainer(value, new Visited(), 1);
}

class Visited {
  readonly #few: object[] = [];
  #many: Set<object> | null = null;

  /** False when it was there already. */
  add(value: object): boolean {
    if (this.#many !== null) {
      // One look-up, where asking first would take two.
      const { size } = this.#many;
      return this.#many.add(value).size !== size;
    }
    if (this.#few.includes(value)) return false;
    if (this.#few.push(value) > FEW_MAX) this.#many = new Set(this.#few);
    return true;
  }
}

function isPlainContainer(value: object, visited: Visited, depth: number): boolean {
  if (depth > DEPTH_MAX || !visited.add(value) || hasToJson(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Array.prototype) return Array.isArray(value) && isPlainArray(value, visited, depth);
  return prototype === Object.prototype && isPlainObject(value as Readonly<Record<string, unknown>>, visited, depth);
}

/** JSON.stringify would store what this gives in the value's place, be it hidden, inherited, or an array's. */
function hasToJson(value: object): boolean {
  return typeof (value as { readonly toJSON?: unknown }).toJSON === 'function';
}

function isPlainArray(value: readonly unknown[], visited: Visited, depth: number): boolean {
  for (let index = 0; index < value.length; index += 1) {
    // A hole reads as undefined, which is not JSON's either.
    if (!isPlainMember(value[index], visited, depth)) return false;
  }
  return true;
}

function isPlainObject(value: Readonly<Record<string, unknown>>, visited: Visited, depth: number): boolean {
  if (hasSymbolKeys(value)) return false;
  for (const key of Object.keys(value)) {
    if (!isPlainMember(value[key], visited, depth)) return false;
  }
  return true;
}

function isPlainMember(value: unknown, visited: Visited, depth: number): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true;
    case 'number':
      return isPlainNumber(value);
    case 'object':
      return value === null || isPlainContainer(value, visited, depth + 1);
    default:
      return false;
  }
}

/** JSON has no NaN and no infinities, and writes -0 as 0. */
export function isPlainNumber(value: number): boolean {
  return Number.isFinite(value) && !Object.is(value, -0);
}
