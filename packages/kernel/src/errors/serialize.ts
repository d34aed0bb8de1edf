/**
 * Errors as data: recorded with a run and made whole again, name, message, stack and causes as they were.
 */
import { isMillraceError, MillraceError } from './millrace-error.ts';

/** An error as plain data. */
export interface SerializedError {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  readonly code?: string | number;
  readonly details?: Readonly<Record<string, unknown>>;
  /** Set when the error had a cause, even `undefined`. */
  readonly cause?: SerializedError | { readonly value: unknown };
  /** Of an AggregateError. */
  readonly errors?: readonly (SerializedError | { readonly value: unknown })[];
  /** Not an error but a thrown value. */
  readonly thrown?: { readonly value: unknown };
}

const STACK_LENGTH_MAX = 16_384;
const MESSAGE_LENGTH_MAX = 65_536;
const CAUSE_DEPTH_MAX = 10;
const ERRORS_COUNT_MAX = 100;

/**
 * What a thrown value is as data. Bounded: long stacks and messages are cut, causes followed ten deep.
 *
 * @param error what was thrown; not always an Error
 */
export function toSerializedError(error: unknown): SerializedError {
  return serialize(error, 0);
}

function serialize(error: unknown, depth: number): SerializedError {
  if (!(error instanceof Error)) return { name: 'ThrownValue', message: String(describe(error)), thrown: { value: storable(error) } };
  const code = (error as { code?: unknown }).code;
  return {
    name: error.name,
    message: error.message.slice(0, MESSAGE_LENGTH_MAX),
    ...(typeof error.stack === 'string' ? { stack: error.stack.slice(0, STACK_LENGTH_MAX) } : {}),
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    ...(isMillraceError(error) ? { details: storable(error.details) as Record<string, unknown> } : {}),
    ...('cause' in error && depth < CAUSE_DEPTH_MAX ? { cause: nested(error.cause, depth) } : {}),
    ...(error instanceof AggregateError ? { errors: error.errors.slice(0, ERRORS_COUNT_MAX).map((member: unknown) => nested(member, depth)) } : {}),
  };
}

function nested(value: unknown, depth: number): SerializedError | { readonly value: unknown } {
  return value instanceof Error ? serialize(value, depth + 1) : { value: storable(value) };
}

/** Plain JSON data only: what can't be one is shown as text, as an error must never fail to be recorded. */
function storable(value: unknown): unknown {
  try {
    const text = JSON.stringify(value);
    return text === undefined ? String(describe(value)) : (JSON.parse(text) as unknown);
  } catch {
    return String(describe(value));
  }
}

function describe(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? Object.prototype.toString.call(value) : value;
}

type ErrorClass = new (message: string) => Error;

const builtins: ReadonlyMap<string, ErrorClass> = new Map<string, ErrorClass>([
  ['TypeError', TypeError],
  ['RangeError', RangeError],
  ['SyntaxError', SyntaxError],
  ['ReferenceError', ReferenceError],
  ['URIError', URIError],
  ['EvalError', EvalError],
]);

/**
 * The recorded error as an instance: name, message, stack and causes as recorded. Built-in classes and Millrace's come back
 * as such (`instanceof` holds for the former, `isMillraceError` for the latter); others as Error of that name.
 *
 * @returns an Error, or the very value that was thrown when it was none
 */
export function fromSerializedError(data: SerializedError): Error {
  const error = instantiate(data);
  define(error, 'name', data.name);
  if (data.stack !== undefined) define(error, 'stack', data.stack);
  if (data.code !== undefined && !isMillraceError(error)) define(error, 'code', data.code);
  if (data.cause !== undefined) define(error, 'cause', revive(data.cause));
  if (data.thrown !== undefined) define(error, 'thrown', data.thrown.value);
  return error;
}

function instantiate(data: SerializedError): Error {
  if (data.errors !== undefined) return new AggregateError(data.errors.map(revive), data.message);
  if (data.details !== undefined && typeof data.code === 'string') return new MillraceError(data.code, data.message, { details: data.details });
  const Builtin = builtins.get(data.name) ?? Error;
  return new Builtin(data.message);
}

function revive(data: SerializedError | { readonly value: unknown }): unknown {
  return 'message' in data ? fromSerializedError(data) : data.value;
}

function define(error: Error, key: string, value: unknown): void {
  Object.defineProperty(error, key, { value, configurable: true, writable: true, enumerable: false });
}
