/**
 * Walks over a user's values: each object of plain data is visited once, even if many references or cycles lead to it.
 *
 * Arrays, Maps, Sets and plain objects have parts; any other value is a leaf. Recursion is bounded, so that neither depth nor cycles
 * exhaust the stack, and the time is linear in the number of references.
 */

/** Longer arrays may have more holes than there is time to look into. */
const DENSE_MAX = 1_000_000;
/** Up to here a value is searched without remembering what was seen: nearly all arguments are this small. */
const QUICK_VISITS_MAX = 256;
const QUICK_DEPTH_MAX = 32;

/** Whether any object in the value, itself included, is a wanted one. A getter of the value may throw. */
export function someIn(value: unknown, isWanted: (item: object) => boolean): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return new QuickSearch(isWanted).find(value, 0) ?? exactSearch(value, isWanted);
}

/** Looks without memory: true and false are sure, undefined means that the value is too large for this. */
class QuickSearch {
  readonly #isWanted: (item: object) => boolean;
  #visitCount = 0;

  constructor(isWanted: (item: object) => boolean) {
    this.#isWanted = isWanted;
  }

  find(value: object, depth: number): boolean | undefined {
    if (this.#isWanted(value)) return true;
    this.#visitCount += 1;
    if (this.#visitCount > QUICK_VISITS_MAX || depth > QUICK_DEPTH_MAX) return undefined;
    for (const part of partsOf(value)) {
      if (typeof part !== 'object' || part === null) continue;
      const found = this.find(part, depth + 1);
      if (found !== false) return found;
    }
    return false;
  }
}

function exactSearch(value: object, isWanted: (item: object) => boolean): boolean {
  let isFound = false;
  visitAll(value, (item) => {
    isFound ||= isWanted(item);
    return isFound ? 'stop' : 'enter';
  });
  return isFound;
}

/**
 * Calls back for each object in the value once, in the order in which they stand in it.
 *
 * @param visit answers whether the parts of the object are of interest too: 'enter', 'leave' (it out), or 'stop' all
 */
export function visitAll(value: unknown, visit: (item: object) => 'enter' | 'leave' | 'stop'): void {
  if (typeof value !== 'object' || value === null) return;
  const seen = new Set<object>([value]);
  const waiting: object[] = [value];
  for (let item = waiting.pop(); item !== undefined; item = waiting.pop()) {
    const answer = visit(item);
    if (answer === 'stop') return;
    if (answer === 'leave') continue;
    const firstAt = waiting.length;
    for (const part of partsOf(item)) {
      if (typeof part !== 'object' || part === null || seen.has(part)) continue;
      seen.add(part);
      waiting.push(part);
    }
    reverseFrom(waiting, firstAt);
  }
}

/** The last to be pushed is visited first. */
function reverseFrom(list: object[], from: number): void {
  for (let low = from, high = list.length - 1; low < high; low += 1, high -= 1) {
    const held = list[low] as object;
    list[low] = list[high] as object;
    list[high] = held;
  }
}

/**
 * The value with some of its objects replaced. What leads to a replaced one is copied, with its cycles and shared references
 * as they were; all else is passed on as it is.
 *
 * @param replacement what stands for an object, or undefined to keep it; not asked of the parts of what is replaced
 */
export function replacedIn(
  value: unknown,
  replacement: (item: object) => { readonly value: unknown } | undefined,
): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const inPlace = new Map<object, unknown>();
  const holders = new Map<object, object[]>();
  visitAll(value, (item) => {
    const other = replacement(item);
    if (other !== undefined) {
      inPlace.set(item, other.value);
      return 'leave';
    }
    for (const part of partsOf(item)) {
      if (typeof part !== 'object' || part === null) continue;
      const known = holders.get(part);
      if (known === undefined) holders.set(part, [item]);
      else known.push(item);
    }
    return 'enter';
  });
  if (inPlace.size === 0) return value;
  const copies = emptyCopies(inPlace.keys(), holders);
  const now = (part: unknown): unknown => {
    if (typeof part !== 'object' || part === null) return part;
    return inPlace.has(part) ? inPlace.get(part) : (copies.get(part) ?? part);
  };
  for (const [from, to] of copies) fill(to, from, now);
  return now(value);
}

/**
 * How deep a value can be printed as a tree without repeating shared parts too often: at most `depthMax`. For `util.inspect`,
 * which prints a part as often as it is referred to.
 */
export function printableDepth(value: unknown, depthMax: number): number {
  // Each level names the values one level deeper.
  for (let depth = depthMax; depth > 0; depth -= 1) if (new TreeSize().add(value, depth + 1)) return depth;
  return 0;
}

/** Objects that a print may take. */
const PRINTED_COUNT_MAX = 20_000;

class TreeSize {
  #count = 0;

  /** False once there are too many. */
  add(value: unknown, depth: number): boolean {
    if (typeof value !== 'object' || value === null) return true;
    this.#count += 1;
    if (this.#count > PRINTED_COUNT_MAX) return false;
    if (depth === 0) return true;
    for (const part of shownParts(value)) if (!this.add(part, depth - 1)) return false;
    return true;
  }
}

/** Those of a class instance too; getters are not called. */
function shownParts(value: object): Iterable<unknown> {
  if (Array.isArray(value) || value instanceof Set || value instanceof Map || isPlain(value)) return partsOf(value);
  if (ArrayBuffer.isView(value)) return [];
  return Object.values(Object.getOwnPropertyDescriptors(value)).map((property): unknown => property.value);
}

/** One for each object from which one of these can be reached. */
function emptyCopies(
  reached: Iterable<object>,
  holders: ReadonlyMap<object, readonly object[]>,
): ReadonlyMap<object, object> {
  const copies = new Map<object, object>();
  const waiting = [...reached];
  for (let item = waiting.pop(); item !== undefined; item = waiting.pop()) {
    for (const holder of holders.get(item) ?? []) {
      if (copies.has(holder)) continue;
      copies.set(holder, emptyCopy(holder));
      waiting.push(holder);
    }
  }
  return copies;
}

function emptyCopy(value: object): object {
  // With its holes, and of its class.
  if (Array.isArray(value)) return value.slice();
  if (value instanceof Set) return new Set();
  if (value instanceof Map) return new Map();
  return Object.create(Object.getPrototypeOf(value) as object | null) as object;
}

function fill(to: object, from: object, now: (part: unknown) => unknown): void {
  if (Array.isArray(from)) {
    for (const key of from.length > DENSE_MAX ? Object.keys(from) : from.keys()) {
      const index = Number(key);
      if (Object.hasOwn(from, index)) (to as unknown[])[index] = now(from[index]);
    }
  } else if (from instanceof Set) for (const member of from) (to as Set<unknown>).add(now(member));
  else if (from instanceof Map)
    for (const [key, member] of from) (to as Map<unknown, unknown>).set(now(key), now(member));
  else
    for (const [key, part] of Object.entries(from)) {
      // Defined and not set: a key may be `__proto__`.
      Object.defineProperty(to, key, { value: now(part), writable: true, enumerable: true, configurable: true });
    }
}

function partsOf(value: object): Iterable<unknown> {
  // A sparse array may be billions long: only the places that are filled.
  if (Array.isArray(value)) return value.length > DENSE_MAX ? Object.values(value) : value;
  if (value instanceof Set) return value;
  if (value instanceof Map) return [...value.keys(), ...value.values()];
  return isPlain(value) ? Object.values(value) : [];
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
