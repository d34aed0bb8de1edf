/** JavaScript's own error classes: finds the class of an error, and makes an error of a class by its name. */

interface BuiltinError {
  readonly prototype: Error;
  readonly make: (message: string, name: string) => Error;
}

type DOMExceptionClass = (new (message: string, name: string) => Error) & { readonly prototype: Error };

/** The platform's, not the language's: where there is none, no error is one. */
const { DOMException } = globalThis as { readonly DOMException?: DOMExceptionClass };

const platformErrors: Readonly<Record<string, BuiltinError>> =
  DOMException === undefined
    ? {}
    : {
        DOMException: {
          prototype: DOMException.prototype,
          make: (message, name) => new DOMException(message, name),
        },
      };

/** Most special first: all are Errors. */
const builtins: ReadonlyMap<string, BuiltinError> = new Map(
  Object.entries<BuiltinError>({
    ...platformErrors,
    AggregateError: { prototype: AggregateError.prototype, make: (message) => new AggregateError([], message) },
    TypeError: { prototype: TypeError.prototype, make: (message) => new TypeError(message) },
    RangeError: { prototype: RangeError.prototype, make: (message) => new RangeError(message) },
    SyntaxError: { prototype: SyntaxError.prototype, make: (message) => new SyntaxError(message) },
    ReferenceError: { prototype: ReferenceError.prototype, make: (message) => new ReferenceError(message) },
    URIError: { prototype: URIError.prototype, make: (message) => new URIError(message) },
    EvalError: { prototype: EvalError.prototype, make: (message) => new EvalError(message) },
    Error: { prototype: Error.prototype, make: (message) => new Error(message) },
  }),
);

/** Whether a value is an error, of this realm or of another (a `vm` context, a test runner's). */
export function isError(value: unknown): value is Error {
  if (value instanceof Error) return true;
  if (typeof value !== 'object' || value === null || Object.prototype.toString.call(value) !== '[object Error]')
    return false;
  // Errors have no tag of their own: one that says so is a class of a program.
  return !(Symbol.toStringTag in value);
}

/** The nearest built-in class, such as `TypeError`. An error of another realm is known by its prototypes' names. */
export function builtinNameOf(error: Error): string {
  for (const [name, { prototype }] of builtins) {
    if (Object.prototype.isPrototypeOf.call(prototype, error)) return name;
  }
  for (let next: unknown = error; typeof next === 'object' && next !== null; next = Object.getPrototypeOf(next)) {
    const name: unknown = Object.getOwnPropertyDescriptor(next, 'name')?.value;
    if (typeof name === 'string' && name !== 'Error' && builtins.has(name)) return name;
  }
  return 'Error';
}

/** The built-in class of an error of which only the name is known. */
export function builtinForName(name: string): string {
  return builtins.has(name) ? name : 'Error';
}

/** A new error of a built-in class; a plain Error where there is no such class. */
export function makeBuiltin(className: string, about: { readonly message: string; readonly name: string }): Error {
  const make = builtins.get(className)?.make ?? ((message: string) => new Error(message));
  return make(about.message, about.name);
}
