/**
 * The kind of value of each option of `task()` and `flow()`, and the checks of their arguments. The types say the same; the checks are
 * for plain JavaScript and for casts.
 *
 * Ranges are checked in `definition.ts`, which copies the options.
 */
import { CachePolicy, ConfigurationError, isKey, KEY_LENGTH_MAX } from '@millrace/kernel';
import { nearest } from './nearest-name.ts';
import type { FlowOptions, TaskOptions } from './options.ts';

type AnyFunction = (...args: never[]) => unknown;
type DefinitionKind = 'task' | 'flow';

/** The kind of value of an option, in words and as a test. */
interface Requirement {
  readonly is: string;
  readonly test: (value: unknown) => boolean;
}

const text: Requirement = { is: 'a string', test: (value) => typeof value === 'string' };
const yesOrNo: Requirement = { is: 'true or false', test: (value) => typeof value === 'boolean' };
const list: Requirement = { is: 'an array', test: Array.isArray };
const aFunction: Requirement = { is: 'a function', test: isFunction };
const functions: Requirement = {
  is: 'a function or an array of functions',
  test: (value) => (Array.isArray(value) ? value.every(isFunction) : isFunction(value)),
};
/** Checked by the parser of the option, which knows its range. */
const parsed: Requirement = { is: 'a number or a string', test: () => true };

const common = {
  name: text,
  key: { is: `a string of 1 to ${KEY_LENGTH_MAX} whole characters`, test: isKey },
  description: text,
  version: text,
  tags: list,
  retries: parsed,
  retryDelay: parsed,
  timeout: parsed,
  persistResult: yesOrNo,
  storage: { is: 'an object with get() and put()', test: (value) => hasMethods(value, ['get', 'put']) },
  serializer: {
    is: 'an object with serialize() and deserialize()',
    test: (value) => hasMethods(value, ['serialize', 'deserialize']),
  },
  runName: { is: 'a template or a function', test: (value) => typeof value === 'string' || isFunction(value) },
  logPrints: yesOrNo,
  onRunning: functions,
  onCompletion: functions,
  onFailure: functions,
  onCancellation: functions,
  onCrashed: functions,
  waitFor: parsed,
} satisfies Record<string, Requirement>;

const ofTask: Readonly<Record<string, Requirement>> = {
  ...common,
  retryJitter: parsed,
  retryWhen: aFunction,
  cache: { is: 'a cache policy such as inputs()', test: (value) => value instanceof CachePolicy },
  cacheKey: aFunction,
  cacheExpiration: parsed,
  refreshCache: yesOrNo,
  isolate: oneOf('inline', 'thread', 'process'),
  onCommit: functions,
  onRollback: functions,
} satisfies Record<keyof TaskOptions | 'waitFor', Requirement>;

const ofFlow: Readonly<Record<string, Requirement>> = {
  ...common,
  input: { is: 'a Standard Schema, such as one of zod', test: isSchema },
  runner: { is: 'concurrent(), threads() or processes()', test: (value) => hasField(value, 'limit') },
  validate: yesOrNo,
  concurrency: parsed,
  unobserved: oneOf('fail', 'ignore'),
  crashRetries: parsed,
  idempotencyKey: { is: `a string of 1 to ${KEY_LENGTH_MAX} whole characters`, test: isKey },
} satisfies Record<keyof FlowOptions | 'waitFor', Requirement>;

/**
 * The options and the body in the arguments of `task()`, `flow()` or `step()`.
 *
 * @throws ConfigurationError naming the forms that there are
 */
export function definitionArguments<TOptions extends object>(
  kind: DefinitionKind | 'step',
  [first, second]: readonly [unknown, unknown],
): readonly [TOptions, AnyFunction] {
  if (isFunction(first) && second === undefined) return [{} as TOptions, first];
  const options = typeof first === 'string' ? { name: first } : first;
  if (isFunction(options) || !isObject(options)) {
    throw new ConfigurationError(
      `${kind}() takes a name or options and a function, or a named function; got ${shown(first)}. ${forms(kind)}`,
    );
  }
  if (!isFunction(second)) {
    throw new ConfigurationError(`${kind}() needs a function after its name; got ${shown(second)}. ${forms(kind)}`);
  }
  return [options as TOptions, second];
}

/**
 * The options of a copy with other ones.
 *
 * @throws ConfigurationError when they are no object
 */
export function copiedOptions<TOptions extends object>(name: string, options: TOptions, more: TOptions): TOptions {
  if (isObject(more)) return { ...options, name, ...more };
  throw new ConfigurationError(`'${name}'.with() takes an object of options; got ${shown(more)}.`);
}

/** @throws ConfigurationError when neither the options nor the function have a name */
export function nameOf(kind: DefinitionKind, options: { readonly name?: unknown }, body: AnyFunction): string {
  const name = options.name ?? body.name;
  if (typeof name === 'string' && name !== '') return name;
  throw new ConfigurationError(`A ${kind} needs a name${name === '' ? '' : `, not ${shown(name)}`}. ${forms(kind)}`);
}

/** @throws ConfigurationError naming the first option that does not exist, or whose value is of the wrong kind */
export function checkOptions(kind: DefinitionKind, name: string, options: object): void {
  const requirements = kind === 'task' ? ofTask : ofFlow;
  for (const [option, value] of Object.entries(options)) {
    const requirement = Object.hasOwn(requirements, option) ? requirements[option] : undefined;
    if (requirement === undefined) {
      throw new ConfigurationError(
        `A ${kind} has no option '${option}', which '${name}' was given. ${wayOut(option, Object.keys(requirements))}`,
        { option },
      );
    }
    if (value === undefined || requirement.test(value)) continue;
    throw new ConfigurationError(`${option} of ${kind} '${name}' must be ${requirement.is}, not ${shown(value)}.`, {
      option,
    });
  }
}

function wayOut(option: string, known: readonly string[]): string {
  const meant = nearest(option.slice(0, 40), known);
  return meant === undefined ? `It has: ${known.join(', ')}.` : `Did you mean '${meant}'?`;
}

function forms(kind: DefinitionKind | 'step'): string {
  return `Write ${kind}('name', fn), ${kind}({ name: 'name' }, fn), or ${kind}(fn) with a named function.`;
}

function isFunction(value: unknown): value is AnyFunction {
  return typeof value === 'function';
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function hasMethods(value: unknown, names: readonly string[]): boolean {
  return isObject(value) && names.every((name) => isFunction((value as Record<string, unknown>)[name]));
}

/** Some schema libraries make their schemas functions. */
function hasField(value: unknown, name: string): boolean {
  return (isObject(value) || isFunction(value)) && name in value;
}

function isSchema(value: unknown): boolean {
  return hasField(value, '~standard') && hasMethods((value as Record<string, unknown>)['~standard'], ['validate']);
}

function oneOf(...values: readonly string[]): Requirement {
  return {
    is: values.map((value) => `'${value}'`).join(' or '),
    test: (value) => values.includes(value as string),
  };
}

function shown(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'string') return `'${value.slice(0, 40)}'`;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return typeof value === 'undefined' ? 'nothing' : `a ${typeof value}`.replace('a object', 'an object');
}
