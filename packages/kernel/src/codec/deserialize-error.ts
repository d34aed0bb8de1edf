/**
 * Makes recorded errors instances again: of the same class if it is JavaScript's or Millrace's, else of a class with the same name.
 *
 * The data may be damaged or forged, so other data is refused and nothing in it is run.
 */
import { CorruptValue } from '../errors/value-errors.ts';
import { builtinForName, makeBuiltin } from '../errors/builtin-errors.ts';
import { errorClasses } from '../errors/error-classes.ts';
import { MillraceError } from '../errors/millrace-error.ts';
import { replacedIn } from './plain-graph.ts';
import {
  EMBEDDED,
  type EmbeddedError,
  type SerializedCause,
  type SerializedError,
  type ThrownData,
} from './serialize-error.ts';

/** More than ever is written: data that goes on beyond it is forged. */
const ERRORS_COUNT_MAX = 1_000;

/**
 * The recorded error as an instance: name, message, stack, code, causes and properties as recorded. `instanceof` holds for
 * JavaScript's and Millrace's classes; for a user's class, its `constructor.name` is kept, on top of the built-in it extends.
 *
 * @returns an Error; for a thrown value that was none, an Error whose `thrown` is that value
 * @throws CorruptValue when the data is no error's
 *
 * @example
 * fromSerializedError(toSerializedError(new TypeError('no rows'))) instanceof TypeError; // true
 */
export function fromSerializedError(data: SerializedError): Error {
  return new ErrorReader().read(data);
}

class ErrorReader {
  #errorsCount = 0;
  /** The errors of data that is under way, or done: what an error carries may refer back to it. */
  readonly #errors = new Map<unknown, Error>();

  read(data: Partial<SerializedError> | null | undefined): Error {
    this.#errorsCount += 1;
    if (this.#errorsCount > ERRORS_COUNT_MAX) throw new CorruptValue({ problem: 'an error has endless causes' });
    if (typeof data?.name !== 'string' || typeof data.message !== 'string')
      throw new CorruptValue({ problem: 'an error has no name or no message' });
    const error = withClassName(instantiate({ ...data, name: data.name, message: data.message }), data.className);
    this.#errors.set(data, error);
    if (error.name !== data.name) define(error, 'name', data.name);
    // Without one of its own it must not show where it was read.
    define(error, 'stack', typeof data.stack === 'string' ? data.stack : `${data.name}: ${data.message}`);
    if (data.code !== undefined && (error as { code?: unknown }).code !== data.code) show(error, 'code', data.code);
    for (const [key, value] of Object.entries(this.#value(data.properties ?? {}) as object)) show(error, key, value);
    if (data.cause !== undefined) define(error, 'cause', this.#related(data.cause));
    if (data.errors !== undefined) define(error, 'errors', this.#members(data.errors));
    if (data.thrown !== undefined) define(error, 'thrown', this.#thrown(data.thrown));
    return error;
  }

  #thrown(thrown: ThrownData): unknown {
    if (!('symbol' in thrown)) return this.#value(thrown.value);
    return thrown.isRegistered ? Symbol.for(String(thrown.symbol)) : Symbol(thrown.symbol ?? undefined);
  }

  /** Data with its errors as errors again. */
  #value(value: unknown): unknown {
    return replacedIn(value, (item) => {
      if (!Object.hasOwn(item, EMBEDDED)) return undefined;
      const { [EMBEDDED]: data } = item as EmbeddedError;
      return { value: this.#errors.get(data) ?? this.read(data) };
    });
  }

  #members(members: unknown): readonly unknown[] {
    if (!Array.isArray(members)) throw new CorruptValue({ problem: 'the errors of an error are no list' });
    return members.map((member: SerializedCause) => this.#related(member));
  }

  #related(data: SerializedCause): unknown {
    if (typeof data !== 'object' || data === null) throw new CorruptValue({ problem: 'a cause is no data of one' });
    return 'message' in data ? this.read(data) : this.#value(data.value);
  }
}

function instantiate(data: SerializedError): Error {
  if (typeof data.details === 'object' && data.details !== null && typeof data.code === 'string') {
    const error = new MillraceError(data.code, data.message, { details: data.details });
    const Class = errorClasses.get(data.code);
    if (Class !== undefined) Object.setPrototypeOf(error, Class.prototype);
    return error;
  }
  const className = data.errors === undefined ? (data.builtin ?? builtinForName(data.name)) : 'AggregateError';
  return makeBuiltin(className, data);
}

/** The user's class can't be had: one of its name stands in for it. */
function withClassName(error: Error, className: string | undefined): Error {
  if (typeof className !== 'string') return error;
  const parent = Object.getPrototypeOf(error) as object;
  const standIn = Object.defineProperty(function RecordedError() {}, 'name', { value: className });
  const prototype = Object.create(parent, {
    constructor: { value: standIn, configurable: true, writable: true },
  }) as object;
  return Object.setPrototypeOf(error, prototype) as Error;
}

function define(error: Error, key: string, value: unknown): void {
  Object.defineProperty(error, key, { value, configurable: true, writable: true, enumerable: false });
}

function show(error: Error, key: string, value: unknown): void {
  Object.defineProperty(error, key, { value, configurable: true, writable: true, enumerable: true });
}
