/** Values on a command line: JSON where they are JSON, text otherwise. */
import { UsageError } from './usage-error.ts';

/**
 * `10` is a number, `true` a boolean, `[1,2]` a list; anything that is no JSON is text, and so is a number that JavaScript has none for.
 * Quotes make text of what would be JSON: `'"10"'`.
 *
 * @throws UsageError for such a number inside of a list or an object
 */
export function parseValue(text: string): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    if (error instanceof UsageError && Number.isNaN(Number(text))) throw error;
    return text;
  }
}

/**
 * As JSON.parse, which gives another number where JavaScript has none for what is written: an id of 20 digits, or `1e400`.
 *
 * @throws SyntaxError for what is no JSON; UsageError for such a number
 */
export function parseJson(text: string): unknown {
  return JSON.parse(text, (_name, value: unknown, { source }: { readonly source?: string } = {}) => {
    if (typeof value !== 'number' || source === undefined || isExact(source, value)) return value;
    throw new UsageError(`The number ${source} would become ${value}: give it as a text, "${source}".`);
  }) as unknown;
}

/** Digits after the point are rounded everywhere; whole numbers must be what they were. */
function isExact(source: string, value: number): boolean {
  if (!Number.isFinite(value)) return false;
  return !/^-?\d+$/.test(source) || BigInt(source) === BigInt(value);
}

/**
 * `k=v` pairs as an object.
 *
 * @throws UsageError for a pair without a name
 */
export function parsePairs(pairs: readonly string[]): Readonly<Record<string, unknown>> {
  const values: Record<string, unknown> = {};
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    if (at <= 0) throw new UsageError(`'${pair}' is no parameter: write it as -p name=value.`);
    const name = pair.slice(0, at);
    if (Object.hasOwn(values, name)) throw new UsageError(`The parameter '${name}' is given twice.`);
    Object.defineProperty(values, name, {
      value: parseValue(pair.slice(at + 1)),
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
  return values;
}
