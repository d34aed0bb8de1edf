/**
 * The objects that copies of this package in one process must have in common. There may be two: a program that is CommonJS under tsx gets one
 * by `require` beside the one that `import` gave the command.
 */

/** Goes up when what is shared takes another shape: such copies keep apart. */
const shape = 1;

/**
 * The one object of this name in the process: made by the copy that asks first.
 *
 * @example
 * const storage = sharedByCopies('frame', () => new AsyncLocalStorage<Frame>());
 */
export function sharedByCopies<T>(name: string, make: () => T): T {
  const key = keyOf(name);
  const holder = globalThis as { [key]?: T };
  holder[key] ??= make();
  return holder[key];
}

/** Makes `instanceof` hold for what another copy's class of this name has made. Subclasses are told apart as ever. */
export function knownToCopies(name: string, Class: { readonly prototype: object }): void {
  const brand = keyOf(name);
  Object.defineProperty(Class.prototype, brand, { value: true });
  Object.defineProperty(Class, Symbol.hasInstance, {
    value(this: unknown, value: unknown): boolean {
      if (this !== Class) return Function.prototype[Symbol.hasInstance].call(this as () => void, value);
      return typeof value === 'object' && value !== null && value !== Class.prototype && brand in value;
    },
  });
}

function keyOf(name: string): symbol {
  return Symbol.for(`millrace.${shape}.${name}`);
}
