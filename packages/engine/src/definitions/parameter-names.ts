/**
 * The names of a function's parameters, from its source text: records, run names and cache keys use them for its arguments.
 *
 * Never evaluates anything. A minifier that renames parameters renames them here too. A flow that is minified should have an `input`
 * schema, because its recorded parameters go by these names.
 */
import { parameterPatterns } from './parameter-list.ts';

/** Any function: only its source text is read. */
export type AnyFunction = (...args: never[]) => unknown;

interface Parameters {
  readonly sources: readonly string[];
  readonly names: readonly string[];
}

const known = new WeakMap<AnyFunction, Parameters>();
const identifier = /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u;

/**
 * The name of each parameter; `arg1` for the second when it is destructured, all `arg<N>` for bound and native functions. No name is given twice.
 *
 * @example
 * parameterNames((user, { id }, ...more) => {}); // ['user', 'arg1', 'more']
 */
export function parameterNames(fn: AnyFunction): readonly string[] {
  return parametersOf(fn).names;
}

/**
 * The index of the rest parameter, or -1.
 *
 * @example
 * restPosition((user, ...ids) => {}); // 1
 */
export function restPosition(fn: AnyFunction): number {
  return parametersOf(fn).sources.findIndex((source) => source.startsWith('...'));
}

/**
 * The text of each parameter without comments and default: `user`, `{ id }`, `...more`; `arg0` and so on for bound and native
 * functions.
 *
 * @example
 * parameterSources((user, { id } = {}) => {}); // ['user', '{ id }']
 */
export function parameterSources(fn: AnyFunction): readonly string[] {
  return parametersOf(fn).sources;
}

function parametersOf(fn: AnyFunction): Parameters {
  let parameters = known.get(fn);
  if (parameters === undefined) {
    parameters = readParameters(fn);
    known.set(fn, parameters);
  }
  return parameters;
}

function readParameters(fn: AnyFunction): Parameters {
  const sources =
    parameterPatterns(Function.prototype.toString.call(fn)) ??
    Array.from({ length: fn.length }, (_, index) => `arg${index}`);
  const names = new Set<string>();
  for (const [index, source] of sources.entries()) {
    const name = source.startsWith('...') ? source.slice(3).trim() : source;
    names.add(freeName(identifier.test(name) ? name : `arg${index}`, { index, isTaken: (wish) => names.has(wish) }));
  }
  return { sources: Object.freeze([...sources]), names: Object.freeze([...names]) };
}

/** The name, or `arg<index>` with as many underscores as make it free. */
export function freeName(
  wish: string,
  wanted: { readonly index: number; readonly isTaken: (name: string) => boolean },
): string {
  let name = wish;
  for (let next = `arg${wanted.index}`; wanted.isTaken(name); next += '_') name = next;
  return name;
}
