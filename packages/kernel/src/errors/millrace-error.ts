/**
 * The base class of Millrace's errors: a stable code, details as data, and the cause.
 *
 * `isMillraceError` checks the brand and not the class, because the error may come from another copy of this package.
 */

/** The fields of an error beside its message. */
export interface ErrorContext {
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

const brand = Symbol.for('millrace.error');

/** An error of Millrace's own. `code` never changes over releases; the message may. */
export class MillraceError extends Error {
  readonly code: string;
  /** The ids, names and limits that it is about. Plain data. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: string, message: string, context: ErrorContext = {}) {
    super(message, 'cause' in context ? { cause: context.cause } : undefined);
    this.name = code;
    this.code = code;
    this.details = context.details ?? {};
    Object.defineProperty(this, brand, { value: true });
  }
}

/**
 * Whether a value is an error of Millrace's, of this copy of the package or another.
 *
 * @example
 * if (isMillraceError(error) && error.code === 'RunCancelled') return;
 */
export function isMillraceError(value: unknown): value is MillraceError {
  return typeof value === 'object' && value !== null && brand in value;
}
