/** Tasks that throw, and give back, what JSON would lose. In a module of its own: workers import it. */
import { task } from 'millrace';

class Denied extends TypeError {
  override readonly name = 'Denied';
  readonly at = new Date(0);
  readonly limits = new Map([['a', 5n]]);
  readonly none = undefined;
  readonly context: Record<string, unknown> = {};
}

/** An error with fields of many kinds, one of which refers back to it. */
export function denied(): Error {
  const error = new Denied('no', { cause: new AggregateError([new RangeError('far'), 'text'], 'all') });
  error.context['error'] = error;
  error.context['inner'] = new SyntaxError('inner', { cause: { row: 1 } });
  return error;
}

/** Values that may be thrown and are no errors, by name. */
export const thrown: Readonly<Record<string, () => unknown>> = {
  object: () => ({ status: 409, why: 'taken' }),
  frozen: () => Object.freeze({ status: 409, at: new Date(0) }),
  proxy: () => new Proxy({ status: 409 }, {}),
  string: () => 'taken',
  null: () => null,
  undefined: () => undefined,
  bigint: () => 5n,
  symbol: () => Symbol.for('taken'),
  list: () => [new Map([[1, new Set([2])]]), undefined],
};

export const throwing = task('throwing', async (name: string) => {
  throw name === 'denied' ? denied() : thrown[name]?.();
});

/** Gives its argument back with a cycle and a shared reference through it. */
export const linking = task('linking', async (value: { readonly parts: readonly object[] }) => {
  const [first] = value.parts;
  const whole: Record<string, unknown> = { isShared: value.parts[0] === value.parts[1], first, again: first };
  whole['self'] = whole;
  return whole;
});

export const rejectingPart = task('rejecting-part', async () => ({ deep: [Promise.reject(new Error('lost'))] }));
