/**
 * One text per value: equal values give equal texts on every machine and in every release, different values different ones.
 *
 * Object keys, Map entries and Set members are sorted, so the order they were added in is no difference; nor is whether two
 * equal parts are one object. Long parts are replaced by their digest, so shared parts cost no more than once. The format is
 * part of the journal's promise: changing it makes recorded runs compute again.
 *
 * Two kinds of values are written as a graph instead, each object once and by its number: those with cycles that meet (a part
 * of one is reached by two ways) and those nested over 256. In a graph, sharing and the order of entries are part of the value,
 * as storage keeps both. So the time is linear in the references of any value.
 */
import { classNameOf, DEPTH_MAX, hasSymbolKeys, isView, shapeOf } from '../codec/shape.ts';
import { toSerializedError } from '../codec/serialize-error.ts';

type Digest = (text: string) => string;

/** Parts over this many characters go in as their digest. */
const PART_LENGTH_MAX = 512;

/** Texts of a graph are digested in pieces of about so many characters. */
const PIECE_LENGTH_MAX = 65_536;

/** Thrown inside this file only: the value has no canonical text. */
class Unhashable extends Error {}

/** Thrown inside this file only: written as a tree, the value would take too long or too deep a stack. */
class Entangled extends Error {}

/**
 * The canonical text, or undefined when the value has none: functions, symbols, promises, instances of classes, getters that
 * throw.
 *
 * @param digest a stable digest of a text; its answers may hold any character but `>`
 */
export function canonicalText(value: unknown, digest: Digest): string | undefined {
  const quick = scalarText(value);
  if (quick !== undefined) return quick;
  try {
    return treeText(value, digest) ?? new GraphWriter(digest).text(value);
  } catch {
    // Unhashable, or a getter of the user's that throws.
    return undefined;
  }
}

/**
 * The canonical text of a value that has none as a whole: each part without one is stood for by its kind (`function`, `symbol`,
 * the name of its class), so that everything else still tells values apart.
 */
export function standInText(value: unknown, digest: Digest): string {
  return treeText(value, digest, true) ?? new GraphWriter(digest, true).text(value);
}

function treeText(value: unknown, digest: Digest, standsIn = false): string | undefined {
  try {
    return new TreeWriter(digest, standsIn).write(value);
  } catch (error) {
    if (error instanceof Entangled) return undefined;
    throw error;
  }
}

/** The text of what has no parts; undefined for objects, functions and symbols. */
export function scalarText(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return stringText(value);
    case 'number':
      return Object.is(value, -0) ? 'n-0' : `n${value}`;
    case 'boolean':
      return value ? 't' : 'f';
    case 'bigint':
      return `i${value}`;
    case 'undefined':
      return 'u';
    default:
      return value === null ? 'z' : undefined;
  }
}

/** With its length in front no character needs escaping; digests see UTF-8, which has no lone surrogates. */
function stringText(value: string): string {
  return value.isWellFormed() ? `${value.length}:${value}` : `w${JSON.stringify(value)}`;
}

/** Writes the parts of an object; `write` says what stands for a part. */
abstract class PartsWriter {
  /** Whether parts without a text are stood for by their kind. */
  protected readonly standsIn: boolean;

  constructor(standsIn: boolean) {
    this.standsIn = standsIn;
  }

  abstract write(value: unknown): string;
  /** The texts of entries or members as one. */
  protected abstract joined(texts: string[]): string;

  protected writeParts(value: object): string {
    const shape = shapeOf(value);
    switch (shape) {
      case 'array':
        return this.#writeArray(value as readonly unknown[]);
      case 'object':
        return this.#writeRecord(value as Readonly<Record<string, unknown>>);
      case 'Map':
        return `M${this.joined([...(value as ReadonlyMap<unknown, unknown>)].map(([key, member]) => `${this.write(key)},${this.write(member)}`))}`;
      case 'Set':
        return `S${this.joined([...(value as ReadonlySet<unknown>)].map((member) => this.write(member)))}`;
      case 'error':
        return this.#writeError(value as Error);
      case 'Date':
        return `d${(value as Date).getTime()};`;
      case 'RegExp':
      case 'URL':
      case 'URLSearchParams':
        return `${shape}${stringText(String(value))}`;
      case 'Number':
      case 'String':
      case 'Boolean':
      case 'BigInt':
        return `B${this.write((value as { valueOf(): unknown }).valueOf())}`;
      case 'foreign':
        throw new Unhashable();
      default:
        return `${shape}${bytesText(value)}`;
    }
  }

  #writeArray(value: readonly unknown[]): string {
    if (value.length > 1_000_000 && Object.keys(value).length < value.length / 2) {
      return `A${value.length}${sorted(Object.keys(value).map((key) => stringText(key) + this.write(value[Number(key)])))}`;
    }
    let text = '[';
    for (let index = 0; index < value.length; index += 1) {
      const member = value[index];
      text += member === undefined && !Object.hasOwn(value, index) ? 'h,' : `${this.write(member)},`;
    }
    return `${text}]`;
  }

  #writeRecord(value: Readonly<Record<string, unknown>>): string {
    if (!this.standsIn && hasSymbolKeys(value)) throw new Unhashable();
    let text = '{';
    for (const key of Object.keys(value).sort()) text += `${stringText(key)}${this.write(value[key])},`;
    return `${text}}`;
  }

  /** As recorded, so that an error read back is the same input; but for the stack: where it was thrown is no part of what it says. */
  #writeError(value: Error): string {
    return `E${this.write(toSerializedError(value, { stacks: false }))}`;
  }
}

/** An object is written where it stands. */
class TreeWriter extends PartsWriter {
  readonly #digest: Digest;
  readonly #ancestors: object[] = [];
  #texts: Map<object, string> | null = null;
  /** Objects that refer back to what is around them. */
  #inCycles: Set<object> | null = null;
  /** The outermost ancestor that the part being written refers back to. */
  #lowestBack = Infinity;

  constructor(digest: Digest, standsIn: boolean) {
    super(standsIn);
    this.#digest = digest;
  }

  write(value: unknown): string {
    return scalarText(value) ?? (this.standsIn ? this.#writeOrStandIn(value) : this.#writeObject(value));
  }

  #writeOrStandIn(value: unknown): string {
    const depth = this.#ancestors.length;
    const lowestBack = this.#lowestBack;
    try {
      return this.#writeObject(value);
    } catch (error) {
      if (error instanceof Entangled) throw error;
      this.#ancestors.length = depth;
      this.#lowestBack = lowestBack;
      return standIn(value);
    }
  }

  protected joined(texts: string[]): string {
    return sorted(texts);
  }

  #writeObject(value: unknown): string {
    if (typeof value !== 'object' || value === null) throw new Unhashable();
    const known = this.#texts?.get(value);
    if (known !== undefined) return known;
    const depth = this.#ancestors.length;
    const back = this.#ancestors.lastIndexOf(value);
    if (back >= 0) {
      this.#lowestBack = Math.min(this.#lowestBack, back);
      return `^${depth - back}`;
    }
    // Its text was of the place where it stood: here it would have to be written, and all that hangs on it, anew.
    if (depth >= DEPTH_MAX || this.#inCycles?.has(value) === true) throw new Entangled();
    return this.#writeNew(value, depth);
  }

  #writeNew(value: object, depth: number): string {
    const outerBack = this.#lowestBack;
    this.#lowestBack = Infinity;
    this.#ancestors.push(value);
    const whole = this.writeParts(value);
    this.#ancestors.pop();
    const text = whole.length > PART_LENGTH_MAX ? `<${this.#digest(whole)}>` : whole;
    if (this.#lowestBack >= depth) {
      if (depth > 0) this.#remember(value, text);
      this.#lowestBack = outerBack;
    } else {
      this.#inCycles ??= new Set();
      this.#inCycles.add(value);
      this.#lowestBack = Math.min(outerBack, this.#lowestBack);
    }
    return text;
  }

  #remember(value: object, text: string): void {
    this.#texts ??= new Map();
    this.#texts.set(value, text);
  }
}

/** Objects are numbered as they are reached, and an object's number stands for it. */
class GraphWriter extends PartsWriter {
  readonly #digest: Digest;
  readonly #numbers = new Map<object, number>();
  readonly #reached: object[] = [];

  constructor(digest: Digest, standsIn = false) {
    super(standsIn);
    this.#digest = digest;
  }

  text(value: unknown): string {
    let text = this.write(value);
    // The list grows while it is read.
    for (const object of this.#reached) {
      text += `${this.standsIn ? this.#partsOrStandIn(object) : this.writeParts(object)};`;
      if (text.length > PIECE_LENGTH_MAX) text = this.#digest(text);
    }
    return `G<${this.#digest(text)}>`;
  }

  write(value: unknown): string {
    const text = scalarText(value);
    if (text !== undefined) return text.length > PART_LENGTH_MAX ? `<${this.#digest(text)}>` : text;
    if (typeof value !== 'object' || value === null) {
      if (this.standsIn) return standIn(value);
      throw new Unhashable();
    }
    let number = this.#numbers.get(value);
    if (number === undefined) {
      number = this.#reached.push(value) - 1;
      this.#numbers.set(value, number);
    }
    return `#${number}`;
  }

  #partsOrStandIn(value: object): string {
    try {
      return this.writeParts(value);
    } catch {
      return standIn(value);
    }
  }

  /** In their order: sorted by numbers, which say the order only, they would be no less bound to it. */
  protected joined(texts: string[]): string {
    return `{${texts.join(',')}}`;
  }
}

/** `function`, `symbol`, or the name of the class. */
function standIn(value: unknown): string {
  return `?${stringText(kindOf(value))}`;
}

function kindOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return typeof value;
  try {
    return (classNameOf(value) ?? Object.prototype.toString.call(value).slice(8, -1)).toWellFormed();
  } catch {
    return 'unreadable';
  }
}

/** Sorted by code units: the same on every machine, whatever its language. */
function sorted(texts: string[]): string {
  return `{${texts.sort().join(',')}}`;
}

function bytesText(value: object): string {
  const bytes = isView(value)
    ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
    : new Uint8Array(value as ArrayBuffer);
  let text = `${bytes.length}:`;
  for (let at = 0; at < bytes.length; at += 8_192) text += String.fromCharCode(...bytes.subarray(at, at + 8_192));
  return text;
}
