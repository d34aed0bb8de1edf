/**
 * Finds the first part of a value that can't be stored, and its path: `result.user.socket`.
 *
 * It runs before the rich form is written, so that the user sees neither a library's own error nor a silent loss. Each object is visited
 * once, by the shortest path, so the depth of a value does not depend on how its parts refer to each other.
 */
import { NotSerializable } from '../errors/value-errors.ts';
import { DEPTH_MAX, describeForeign, hasSymbolKeys, isView, shapeOf } from './shape.ts';

/** Throws NotSerializable with the path of the first part that can't be stored. */
export function checkStorable(value: unknown, where: string): void {
  new StorableCheck().check(value, where);
}

/** Where a part is: a number is an index. */
type Segment = string | number;

interface Visit {
  readonly value: object;
  readonly segment: Segment;
  readonly holder: Visit | null;
  readonly depth: number;
}

class StorableCheck {
  readonly #seen = new Set<object>();
  readonly #visits: Visit[] = [];

  check(value: unknown, where: string): void {
    this.#step(null, where, value);
    // The list grows while it is read.
    for (const visit of this.#visits) this.#visitParts(visit);
  }

  #step(holder: Visit | null, segment: Segment, value: unknown): void {
    if (typeof value === 'function') refuse({ holder, segment }, 'it is a function');
    if (typeof value === 'symbol') refuse({ holder, segment }, 'it is a symbol');
    if (typeof value !== 'object' || value === null || this.#seen.has(value)) return;
    this.#seen.add(value);
    const depth = (holder?.depth ?? 0) + 1;
    if (depth > DEPTH_MAX) refuse({ holder, segment }, `it is nested deeper than ${DEPTH_MAX}`);
    this.#visits.push({ value, segment, holder, depth });
  }

  #visitParts(visit: Visit): void {
    const { value } = visit;
    switch (shapeOf(value)) {
      case 'array':
        this.#visitArray(visit, value as readonly unknown[]);
        return;
      case 'object':
        if (hasSymbolKeys(value)) refuse(visit, 'it has keys that are symbols');
        for (const key of Object.keys(value))
          this.#step(visit, `.${key}`, (value as Readonly<Record<string, unknown>>)[key]);
        return;
      case 'Map':
        for (const [key, member] of value as ReadonlyMap<unknown, unknown>) {
          this.#step(visit, '()keys', key);
          this.#step(visit, `(${shown(key)}`, member);
        }
        return;
      case 'Set':
        this.#visitSet(visit, value as ReadonlySet<unknown>);
        return;
      case 'foreign':
        refuse(visit, describeForeign(value));
    }
    if (isView(value) && Object.prototype.toString.call(value.buffer) === '[object SharedArrayBuffer]')
      refuse(visit, 'it is memory shared between threads');
  }

  #visitArray(visit: Visit, value: readonly unknown[]): void {
    // Only the places that are filled: a sparse array may be billions long.
    if (isSparse(value)) for (const key of Object.keys(value)) this.#step(visit, Number(key), value[Number(key)]);
    else for (let index = 0; index < value.length; index += 1) this.#step(visit, index, value[index]);
  }

  #visitSet(visit: Visit, value: ReadonlySet<unknown>): void {
    let index = 0;
    for (const member of value) {
      this.#step(visit, `#${index}`, member);
      index += 1;
    }
  }
}

function refuse(at: Pick<Visit, 'segment' | 'holder'>, problem: string): never {
  const segments: string[] = [];
  for (let visit: Pick<Visit, 'segment' | 'holder'> | null = at; visit !== null; visit = visit.holder)
    segments.unshift(visit.holder === null ? String(visit.segment) : segmentText(visit.segment));
  throw new NotSerializable({ path: pathText(segments), problem });
}

function isSparse(value: readonly unknown[]): boolean {
  return (
    value.length > 0 && !(Object.hasOwn(value, 0) && Object.hasOwn(value, value.length - 1) && value.length < 1_000_000)
  );
}

/** Deep paths are cut in the middle, because both ends together show where the value is. */
function pathText(segments: readonly string[]): string {
  if (segments.length <= 24) return segments.join('');
  return `${segments.slice(0, 12).join('')}...${segments.slice(-8).join('')}`;
}

/** Written only for the one path that is reported. */
function segmentText(segment: Segment): string {
  if (typeof segment === 'number') return `[${segment}]`;
  const rest = segment.slice(1);
  if (segment === '()keys') return '.keys()';
  if (segment.startsWith('(')) return `.get(${rest})`;
  if (segment.startsWith('#')) return `.values()[${rest}]`;
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(rest) ? `.${rest}` : `[${JSON.stringify(rest.slice(0, 80))}]`;
}

function shown(key: unknown): string {
  if (typeof key === 'string') return JSON.stringify(key.slice(0, 80));
  return typeof key === 'object' || typeof key === 'function' || typeof key === 'symbol' ? '...' : String(key);
}
