/**
 * Finds the first part of a value that can't be stored, and says where it is: `result.user.socket`.
 *
 * Runs before the rich form is written, so that no library's own error, or silent loss, reaches the user.
 */
import { NotSerializable } from '../errors/definition-errors.ts';
import { DEPTH_MAX, describeForeign, hasSymbolKeys, isView, shapeOf } from './shape.ts';

/** Throws NotSerializable with the path of the first part that can't be stored. */
export function checkStorable(value: unknown, where: string): void {
  new StorableCheck(where).visit(value);
}

class StorableCheck {
  readonly #path: string[];
  readonly #visited = new Set<object>();

  constructor(where: string) {
    this.#path = [where];
  }

  visit(value: unknown): void {
    if (typeof value === 'function') this.#refuse('it is a function');
    if (typeof value === 'symbol') this.#refuse('it is a symbol');
    if (typeof value !== 'object' || value === null || this.#visited.has(value)) return;
    this.#visited.add(value);
    if (this.#path.length > DEPTH_MAX) this.#refuse(`it is nested deeper than ${DEPTH_MAX}`);
    this.#visitParts(value);
  }

  #visitParts(value: object): void {
    switch (shapeOf(value)) {
      case 'array':
        this.#visitArray(value as readonly unknown[]);
        return;
      case 'object':
        this.#visitObject(value as Readonly<Record<string, unknown>>);
        return;
      case 'Map':
        this.#visitMap(value as ReadonlyMap<unknown, unknown>);
        return;
      case 'Set':
        this.#visitSet(value as ReadonlySet<unknown>);
        return;
      case 'foreign':
        this.#refuse(describeForeign(value));
    }
    if (isView(value) && Object.prototype.toString.call(value.buffer) === '[object SharedArrayBuffer]')
      this.#refuse('it is memory shared between threads');
  }

  #visitArray(value: readonly unknown[]): void {
    // Only the places that are filled: a sparse array may be billions long.
    if (isSparse(value)) {
      for (const key of Object.keys(value)) this.#step(`[${key}]`, value[Number(key)]);
      return;
    }
    for (let index = 0; index < value.length; index += 1) this.#step(`[${index}]`, value[index]);
  }

  #visitObject(value: Readonly<Record<string, unknown>>): void {
    if (hasSymbolKeys(value)) this.#refuse('it has keys that are symbols');
    for (const key of Object.keys(value)) this.#step(keyText(key), value[key]);
  }

  #visitMap(value: ReadonlyMap<unknown, unknown>): void {
    for (const [key, member] of value) {
      this.#step('.keys()', key);
      this.#step(`.get(${shown(key)})`, member);
    }
  }

  #visitSet(value: ReadonlySet<unknown>): void {
    let index = 0;
    for (const member of value) {
      this.#step(`.values()[${index}]`, member);
      index += 1;
    }
  }

  #step(segment: string, value: unknown): void {
    this.#path.push(segment);
    this.visit(value);
    this.#path.pop();
  }

  #refuse(problem: string): never {
    throw new NotSerializable({ path: pathText(this.#path), problem });
  }
}

function isSparse(value: readonly unknown[]): boolean {
  return (
    value.length > 0 && !(Object.hasOwn(value, 0) && Object.hasOwn(value, value.length - 1) && value.length < 1_000_000)
  );
}

/** Deep paths are cut in the middle: both ends tell where it is. */
function pathText(segments: readonly string[]): string {
  if (segments.length <= 24) return segments.join('');
  return `${segments.slice(0, 12).join('')}...${segments.slice(-8).join('')}`;
}

function keyText(key: string): string {
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key) ? `.${key}` : `[${JSON.stringify(key.slice(0, 80))}]`;
}

function shown(key: unknown): string {
  if (typeof key === 'string') return JSON.stringify(key.slice(0, 80));
  return typeof key === 'object' || typeof key === 'function' || typeof key === 'symbol' ? '...' : String(key);
}
