/**
 * A thrown value that is no error, in words for people: `{ status: 409, why: 'taken' }`.
 *
 * Bounded in depth, parts and length, and never throws: a value may have getters that do. Getters are not called.
 */

const DEPTH_MAX = 4;
/** Parts in all. */
const PARTS_COUNT_MAX = 100;
const TEXT_LENGTH_MAX = 200;
const LENGTH_MAX = 2_000;
const CUT = '...';

/** One line for a value that is no error: a string is itself, all else is shown as in a console. */
export function describeValue(value: unknown): string {
  if (typeof value === 'string') return value;
  try {
    const text = new ValuePrinter().print(value, 0);
    return text.length <= LENGTH_MAX ? text : `${text.slice(0, LENGTH_MAX - CUT.length)}${CUT}`;
  } catch {
    // A revoked proxy, or traps of one that throw.
    return 'a value that can’t be read';
  }
}

class ValuePrinter {
  readonly #ancestors: object[] = [];
  #partsCount = 0;

  print(value: unknown, depth: number): string {
    switch (typeof value) {
      case 'string':
        return quoted(value);
      case 'bigint':
        return `${value}n`;
      case 'function':
        return `[${/^class\b/.test(Function.prototype.toString.call(value)) ? 'class' : 'Function'}${value.name === '' ? '' : `: ${value.name}`}]`;
      case 'object':
        return value === null ? 'null' : this.#printObject(value, depth);
      default:
        return Object.is(value, -0) ? '-0' : String(value);
    }
  }

  #printObject(value: object, depth: number): string {
    if (this.#ancestors.includes(value)) return '[Circular]';
    const tag = Object.prototype.toString.call(value).slice(8, -1);
    if (value instanceof Error || tag === 'Error') return `[${errorText(value)}]`;
    if (tag === 'Date' && value instanceof Date)
      return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
    if (tag === 'RegExp' || tag === 'URL') return String(value);
    if (depth >= DEPTH_MAX) return `[${nameOf(value)}]`;
    this.#ancestors.push(value);
    const text = this.#printParts(value, depth + 1);
    this.#ancestors.pop();
    return text;
  }

  #printParts(value: object, depth: number): string {
    if (Array.isArray(value)) return this.#listed('[', value.entries(), ([, item]) => this.print(item, depth));
    if (ArrayBuffer.isView(value) && Symbol.iterator in value)
      return this.#listed(`${nameOf(value)} [`, (value as unknown as unknown[]).entries(), ([, item]) =>
        this.print(item, depth),
      );
    if (value instanceof Map)
      return this.#listed(
        `Map(${value.size}) {`,
        value,
        ([key, item]) => `${this.print(key, depth)} => ${this.print(item, depth)}`,
      );
    if (value instanceof Set) return this.#listed(`Set(${value.size}) {`, value, (item) => this.print(item, depth));
    const name = nameOf(value);
    const open = name === 'Object' ? '{' : `${name} {`;
    return this.#listed(open, Object.keys(value), (key) => {
      const property = Object.getOwnPropertyDescriptor(value, key);
      const shown = property !== undefined && 'value' in property ? this.print(property.value, depth) : '[Getter]';
      return `${/^[A-Za-z_$][\w$]*$/.test(key) ? key : quoted(key)}: ${shown}`;
    });
  }

  #listed<T>(open: string, parts: Iterable<T>, print: (part: T) => string): string {
    const close = open.endsWith('[') ? ']' : '}';
    const shown: string[] = [];
    for (const part of parts) {
      this.#partsCount += 1;
      if (this.#partsCount > PARTS_COUNT_MAX) {
        shown.push(CUT);
        break;
      }
      shown.push(print(part));
    }
    return shown.length === 0 ? `${open}${close}` : `${open} ${shown.join(', ')} ${close}`;
  }
}

function quoted(text: string): string {
  const cut = text.length <= TEXT_LENGTH_MAX ? text : `${text.slice(0, TEXT_LENGTH_MAX)}${CUT}`;
  const escaped = JSON.stringify(cut).slice(1, -1).replaceAll('\\"', '"');
  return `'${escaped.replaceAll("'", "\\'")}'`;
}

function errorText(error: object): string {
  const { name, message } = error as { readonly name?: unknown; readonly message?: unknown };
  return `${typeof name === 'string' ? name : 'Error'}: ${typeof message === 'string' ? message.slice(0, TEXT_LENGTH_MAX) : ''}`;
}

function nameOf(value: object): string {
  const prototype = Object.getPrototypeOf(value) as { readonly constructor?: unknown } | null;
  if (prototype === null) return '[Object: null prototype]';
  const maker = prototype.constructor;
  return typeof maker === 'function' && maker.name !== '' ? maker.name : 'Object';
}
