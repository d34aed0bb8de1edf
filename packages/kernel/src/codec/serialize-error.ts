/**
 * Makes errors data, which is recorded with a run or sent between processes; `deserialize-error.ts` makes it an error again.
 *
 * This never throws and takes bounded time, because the failure must be recorded whatever the thrown value is. The codec stores the data
 * with its cycles and shared references (`encodeThrown`): records and channels carry its text.
 */
import { builtinForName, builtinNameOf, isError } from '../errors/builtin-errors.ts';
import { CopyBudget, CUT_MARK } from './copy-budget.ts';
import { describeValue } from '../errors/describe-value.ts';
import { errorClasses } from '../errors/error-classes.ts';
import { isMillraceError } from '../errors/millrace-error.ts';

/** A cause or a member: an error, or a value that was thrown like one. */
export type SerializedCause = SerializedError | { readonly value: unknown };

/** An error as plain data. */
export interface SerializedError {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  readonly code?: string | number;
  /** The built-in class that it is an instance of, where the name doesn't say. */
  readonly builtin?: string;
  /** The name of its own class, where neither the built-in class nor the code says. */
  readonly className?: string;
  /** Of Millrace's errors. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** Its other properties, as far as they are data: `status`, `errno`, ... Errors in it are `EmbeddedError`s. */
  readonly properties?: Readonly<Record<string, unknown>>;
  /** Set when the error had a cause, even `undefined`. */
  readonly cause?: SerializedCause;
  /** Of an AggregateError. */
  readonly errors?: readonly SerializedCause[];
  /** Not an error but a thrown value. */
  readonly thrown?: ThrownData;
}

/** A value that was thrown and is no error: a value that is no data is described, a symbol is made anew of its text. */
export type ThrownData =
  | { readonly value: unknown }
  | { readonly symbol: string | null; readonly isRegistered: boolean };

/** The key under which an error is kept inside of data. A key that no data has. */
export const EMBEDDED = '\u0000millrace-error';

/** An error inside of what an error carries. */
export interface EmbeddedError {
  readonly [EMBEDDED]: SerializedError;
}

const STACK_LENGTH_MAX = 16_384;
const MESSAGE_LENGTH_MAX = 65_536;
const CAUSE_DEPTH_MAX = 10;
/** Errors in all: causes, members, and theirs. */
const ERRORS_COUNT_MAX = 100;
/** Characters in all of messages, stacks and properties. */
const CHARACTERS_MAX = 1_048_576;
const PROPERTY_LENGTH_MAX = 16_384;
const PROPERTIES_COUNT_MAX = 64;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const writtenApart = new Set(['name', 'message', 'stack', 'code', 'cause']);

/**
 * A thrown value as data.
 *
 * Bounded: a stack has at most 16 KB, a message 64 KB, causes are followed ten deep, a hundred errors are kept in all, and what
 * causes back to itself is named and not followed. Own properties are kept when they are data of at most 16 KB: Dates, Maps,
 * BigInts, cycles and errors as they are, class instances as the data in them. What is hidden from `Object.keys` is not recorded.
 *
 * @param error what was thrown; not always an Error
 * @param options `stacks: false` leaves out where it was thrown
 * @returns data that the codec stores; it never throws
 *
 * @example
 * toSerializedError(new TypeError('no rows', { cause: 404 })); // { name: 'TypeError', message: 'no rows', stack, cause: { value: 404 } }
 */
export function toSerializedError(error: unknown, options: { readonly stacks?: boolean } = {}): SerializedError {
  try {
    return new ErrorWriter(options.stacks ?? true).write(error);
  } catch {
    // A proxy, or a class that throws wherever it is touched.
    return { name: 'Error', message: 'An error was thrown that can’t be read.' };
  }
}

class ErrorWriter {
  readonly #budget = new CopyBudget(CHARACTERS_MAX);
  readonly #path: unknown[] = [];
  readonly #embedded = new Map<Error, EmbeddedError | string>();
  readonly #hasStacks: boolean;
  #errorsCount = 0;

  constructor(hasStacks: boolean) {
    this.#hasStacks = hasStacks;
  }

  write(error: unknown): SerializedError {
    if (!isError(error))
      return {
        name: 'ThrownValue',
        message: this.#budget.text(describeValue(error), MESSAGE_LENGTH_MAX),
        thrown: this.#thrown(error),
      };
    this.#errorsCount += 1;
    this.#path.push(error);
    // The object first: what the error carries may refer back to it.
    const written: Mutable<SerializedError> = { name: '', message: '' };
    this.#embedded.set(error, { [EMBEDDED]: written });
    Object.assign(written, this.#writeError(error));
    this.#path.pop();
    return written;
  }

  #thrown(value: unknown): ThrownData {
    if (typeof value !== 'symbol') return { value: this.#value(value) };
    const registered = Symbol.keyFor(value);
    return { symbol: registered ?? value.description ?? null, isRegistered: registered !== undefined };
  }

  #value(value: unknown): unknown {
    return this.#budget.value(value, this.#embed);
  }

  /** An error in data: the same object for the same error, so that cycles end. */
  readonly #embed = (error: Error): EmbeddedError | string => {
    const known = this.#embedded.get(error);
    if (known !== undefined) return known;
    if (this.#path.length > CAUSE_DEPTH_MAX || this.#errorsCount >= ERRORS_COUNT_MAX)
      return `${nameOf(error)}: ${CUT_MARK}`;
    this.write(error);
    return this.#embedded.get(error) ?? CUT_MARK;
  };

  #writeError(error: Error): SerializedError {
    const name = nameOf(error);
    const code = read(error, 'code');
    const stack = this.#hasStacks ? read(error, 'stack') : undefined;
    const properties = this.#properties(error);
    return {
      name,
      message: this.#budget.text(messageOf(error), MESSAGE_LENGTH_MAX),
      ...(typeof stack === 'string' ? { stack: this.#budget.text(stack, STACK_LENGTH_MAX) } : {}),
      ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
      ...classOf(error, { name, code }),
      ...(isMillraceError(error) ? { details: this.#details(error.details) } : {}),
      ...(properties === undefined ? {} : { properties }),
      ...('cause' in error ? { cause: this.#related(read(error, 'cause')) } : {}),
      ...this.#members(error),
    };
  }

  #members(error: Error): { readonly errors?: readonly SerializedCause[] } {
    if (!isAggregate(error)) return {};
    const kept: SerializedCause[] = [];
    for (const member of error.errors) {
      const isFull = this.#errorsCount >= ERRORS_COUNT_MAX || kept.length >= ERRORS_COUNT_MAX;
      if (isFull || this.#path.length > CAUSE_DEPTH_MAX) break;
      kept.push(this.#related(member));
    }
    const leftOut = error.errors.length - kept.length;
    return { errors: leftOut === 0 ? kept : [...kept, { value: `... [${leftOut} more]` }] };
  }

  #related(value: unknown): SerializedCause {
    if (!isError(value)) return { value: this.#value(value) };
    if (this.#path.includes(value)) return { value: `[circular: ${nameOf(value)}]` };
    if (this.#path.length > CAUSE_DEPTH_MAX || this.#errorsCount >= ERRORS_COUNT_MAX)
      return { value: `${nameOf(value)}: ${CUT_MARK}` };
    return this.write(value);
  }

  #properties(error: Error): Readonly<Record<string, unknown>> | undefined {
    const entries: [string, unknown][] = [];
    const alsoApart = isMillraceError(error) ? 'details' : isAggregate(error) ? 'errors' : undefined;
    for (const key of Object.keys(error)) {
      if (writtenApart.has(key) || key === alsoApart || entries.length >= PROPERTIES_COUNT_MAX) continue;
      const copy = this.#budget.data(read(error, key), { lengthMax: PROPERTY_LENGTH_MAX, errorData: this.#embed });
      if (copy !== undefined) entries.push([key, copy.value]);
    }
    return entries.length === 0 ? undefined : Object.fromEntries(entries);
  }

  #details(details: unknown): Readonly<Record<string, unknown>> {
    const entries = Object.entries(Object(details) as Readonly<Record<string, unknown>>);
    return Object.fromEntries(entries.map(([key, value]) => [key, this.#value(value)]));
  }
}

/** The facts about its class that its name and code don't say. */
function classOf(
  error: Error,
  known: { readonly name: string; readonly code: unknown },
): { readonly builtin?: string; readonly className?: string } {
  const builtin = builtinNameOf(error);
  const isKnown = isMillraceError(error) && typeof known.code === 'string';
  const parent = isKnown ? (errorClasses.get(known.code as string)?.name ?? 'MillraceError') : builtin;
  const className: unknown = (read(error, 'constructor') as { readonly name?: unknown } | undefined)?.name;
  const isOther = typeof className === 'string' && className !== '' && className !== parent && className.length <= 256;
  return {
    ...(isKnown || builtin === builtinForName(known.name) ? {} : { builtin }),
    ...(isOther ? { className } : {}),
  };
}

function isAggregate(error: Error): error is Error & { readonly errors: readonly unknown[] } {
  return Array.isArray(read(error, 'errors')) && builtinNameOf(error) === 'AggregateError';
}

function nameOf(error: Error): string {
  const name = read(error, 'name');
  return typeof name === 'string' && name !== '' ? name.slice(0, 256).toWellFormed() : 'Error';
}

function messageOf(error: Error): string {
  const message = read(error, 'message');
  return typeof message === 'string' ? message : describeValue(message);
}

/** A property that may be a getter that throws. */
function read(error: Error, key: string): unknown {
  try {
    return (error as unknown as Readonly<Record<string, unknown>>)[key];
  } catch {
    return undefined;
  }
}
