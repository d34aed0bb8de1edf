/** Values on a command line: JSON if they parse as JSON, otherwise strings. */
import { UsageError } from './usage-error.ts';

/**
 * `10` is a number, `true` a boolean, `[1,2]` an array. Anything else is a string, and so is a number that JavaScript can't represent.
 * Quotes make a string of a value that is JSON: `'"10"'`.
 *
 * @throws UsageError for a value that begins like an object, an array or a quoted string and does not parse, and for a number inside
 *   of one that JavaScript can't represent
 */
export function parseValue(text: string): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    if (error instanceof UsageError && Number.isNaN(Number(text))) throw error;
    if (error instanceof SyntaxError && beginsLikeJson.test(text)) throw brokenJson(text, error);
    return text;
  }
}

const beginsLikeJson = /^\s*[{["]/;

function brokenJson(text: string, error: SyntaxError): UsageError {
  return new UsageError(
    `${text} is not valid JSON: ${error.message}. Correct it, or give it as a string: ${JSON.stringify(text)}`,
    { value: text },
  );
}

/**
 * Parses JSON, and refuses a number that JavaScript can't represent: JSON.parse would silently make another number of an id of
 * 20 digits, or of `1e400`.
 *
 * @throws SyntaxError if the text is not JSON; UsageError for such a number
 */
export function parseJson(text: string): unknown {
  return JSON.parse(text, (_name, value: unknown, { source }: { readonly source?: string } = {}) => {
    if (typeof value !== 'number' || source === undefined || isExact(source, value)) return value;
    throw new UsageError(`The number ${source} would become ${value}: give it as a string, "${source}".`);
  }) as unknown;
}

/** Decimal fractions may be rounded, as in any JSON reader; whole numbers may not. */
function isExact(source: string, value: number): boolean {
  if (!Number.isFinite(value)) return false;
  return !/^-?\d+$/.test(source) || BigInt(source) === BigInt(value);
}

/**
 * `k=v` pairs as an object.
 *
 * @throws UsageError for a pair without a name, a name given twice, and a value that is broken JSON
 */
export function parsePairs(pairs: readonly string[]): Readonly<Record<string, unknown>> {
  const values: Record<string, unknown> = {};
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    if (at <= 0) throw new UsageError(`'${pair}' is not a parameter: write it as -p name=value.`);
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
