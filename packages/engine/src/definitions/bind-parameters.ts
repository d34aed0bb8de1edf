/**
 * Arguments under the names of their parameters, and back.
 */
import { freeName } from './parameter-names.ts';

/**
 * The arguments by name, in order. A rest parameter has an array of the arguments from its position on. Arguments beyond the names are `arg<N>`;
 * parameters that got no argument are left out.
 *
 * @param restPosition which of the names is a rest parameter; -1 = none
 * @returns a plain object; a parameter called `__proto__` is a key like any other
 *
 * @example
 * bindParameters(['user', 'limit'], ['ada', 3, true]); // { user: 'ada', limit: 3, arg2: true }
 * bindParameters(['user', 'ids'], ['ada', 3, 4], 1); // { user: 'ada', ids: [3, 4] }
 */
export function bindParameters(
  names: readonly string[],
  args: readonly unknown[],
  restPosition = -1,
): Record<string, unknown> {
  const byName: Record<string, unknown> = {};
  const values = restPosition < 0 ? args : [...padded(args, restPosition), args.slice(restPosition)];
  for (const [index, value] of values.entries()) {
    if (restPosition >= 0 && index >= args.length && index < restPosition) continue;
    const name = freeName(names[index] ?? `arg${index}`, {
      index,
      isTaken: (wish) => Object.hasOwn(byName, wish) || names.indexOf(wish) > index,
    });
    if (name === '__proto__')
      Object.defineProperty(byName, name, { value, enumerable: true, writable: true, configurable: true });
    else byName[name] = value;
  }
  return byName;
}

/** Before the rest parameter each position counts, also one without an argument. */
function padded(args: readonly unknown[], length: number): readonly unknown[] {
  return Array.from({ length }, (_, index) => args[index]);
}

/**
 * The inverse of `bindParameters`: the arguments in order, as far as the names go.
 *
 * @param restPosition which of the names is a rest parameter; -1 = none
 *
 * @example
 * unbindParameters(['user', 'ids'], { user: 'ada', ids: [3, 4] }, 1); // ['ada', 3, 4]
 */
export function unbindParameters(
  names: readonly string[],
  byName: Readonly<Record<string, unknown>>,
  restPosition = -1,
): readonly unknown[] {
  const last = names.findLastIndex((name) => Object.hasOwn(byName, name));
  const args = names.slice(0, last + 1).map((name) => byName[name]);
  return last === restPosition && last >= 0 ? [...args.slice(0, -1), ...listOf(args.at(-1))] : args;
}

function listOf(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}
