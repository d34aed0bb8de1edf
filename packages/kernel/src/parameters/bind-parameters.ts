/**
 * Arguments under the names of their parameters.
 */
import { freeName } from './parameter-names.ts';

/**
 * The arguments by name, in order. Arguments beyond the names are `arg<N>`; parameters that got no argument are left out.
 *
 * @returns a plain object; a parameter called `__proto__` is a key like any other
 *
 * @example
 * bindParameters(['user', 'limit'], ['ada', 3, true]); // { user: 'ada', limit: 3, arg2: true }
 */
export function bindParameters(names: readonly string[], args: readonly unknown[]): Record<string, unknown> {
  const byName: Record<string, unknown> = {};
  for (const [index, value] of args.entries()) {
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
