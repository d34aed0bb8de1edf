/** Values on a command line: JSON where they are JSON, text otherwise. */
import { UsageError } from './usage-error.ts';

/** `10` is a number, `true` a boolean, `[1,2]` a list; anything that is no JSON is text. Quotes make text of what would be JSON: `'"10"'`. */
export function parseValue(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
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
