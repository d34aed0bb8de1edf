import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bindParameters, unbindParameters } from './bind-parameters.ts';
import { parameterNames, parameterSources, restPosition } from './parameter-names.ts';

class Reports {
  make(day: string, { rows }: { rows: number }, ...more: readonly string[]): string {
    return day + rows + more.length;
  }
}

describe('parameter names', () => {
  it('are the function’s own, or say the position', () => {
    expect(parameterNames(new Reports().make)).toEqual(['day', 'arg1', 'more']);
    expect(parameterNames(async ([first]: number[], limit = first) => limit)).toEqual(['arg0', 'limit']);
    expect(parameterNames((...[first]: number[]) => first)).toEqual(['arg0']);
    expect(parameterNames((__proto__: number, prototype: number) => __proto__ + prototype)).toEqual([
      '__proto__',
      'prototype',
    ]);
  });

  it('are positions for bound and native functions', () => {
    expect(parameterNames(Math.max)).toEqual(['arg0', 'arg1']);
    expect(parameterNames(((a: number, b: number) => a + b).bind(null))).toEqual(['arg0', 'arg1']);
  });

  it('are each given once', () => {
    expect(parameterNames((arg1: number, { a }: { a: number }) => arg1 + a)).toEqual(['arg1', 'arg1_']);
  });

  it('are never those of a text that the function makes up', () => {
    const fn = Object.assign((a: number) => a, { toString: () => '(b) => b' });
    expect(parameterNames(fn)).toEqual(['a']);
  });

  it('run nothing of the function, its defaults included', () => {
    let ran = false;
    const touch = (): number => {
      ran = true;
      return 1;
    };
    expect(parameterNames((a = touch()): number => a)).toEqual(['a']);
    expect(ran).toBe(false);
  });

  it('are read once per function', () => {
    const fn = (a: number): number => a;
    expect(parameterNames(fn)).toBe(parameterNames(fn));
  });
});

describe('parameter sources', () => {
  it('are the patterns without their defaults', () => {
    const fn = (user: string, { signal } = { signal: 1 }, ...more: readonly number[]): unknown => [user, signal, more];
    expect(parameterSources(fn)).toEqual(['user', '{ signal }', '...more']);
    expect(parameterSources(Math.max)).toEqual(['arg0', 'arg1']);
  });
});

describe('bound parameters', () => {
  it('are the arguments under their names, with the rest by position', () => {
    expect(bindParameters(['user', 'limit'], ['ada', 3, true])).toEqual({ user: 'ada', limit: 3, arg2: true });
    expect(bindParameters(['user', 'limit'], ['ada'])).toEqual({ user: 'ada' });
    expect(bindParameters(['user', 'limit'], [undefined, 3])).toStrictEqual({ user: undefined, limit: 3 });
  });

  it('have all that a rest parameter takes as one list, and come back from it', () => {
    for (const [args, byName] of [
      [['ada', 3, 4], { user: 'ada', ids: [3, 4] }],
      [['ada'], { user: 'ada', ids: [] }],
      [[], { ids: [] }],
      [[undefined, 3], { user: undefined, ids: [3] }],
    ] as const) {
      expect(bindParameters(['user', 'ids'], args, 1)).toStrictEqual(byName);
      expect([...unbindParameters(['user', 'ids'], byName, 1)].slice(0, args.length)).toEqual(args);
    }
    expect(restPosition((user: string, ...ids: number[]) => user + ids.length)).toBe(1);
    expect(restPosition((user: string) => user)).toBe(-1);
  });

  it('lose no argument and keep their order, whatever the names', () => {
    const name = fc.constantFrom('a', 'b', 'arg0', 'arg1', 'arg2', 'arg1_', '__proto__', 'constructor');
    fc.assert(
      fc.property(fc.uniqueArray(name, { maxLength: 4 }), fc.array(fc.integer(), { maxLength: 6 }), (names, args) => {
        const bound = bindParameters(names, args);
        expect(Object.values(bound)).toEqual(args);
        expect(Object.getPrototypeOf(bound)).toBe(Object.prototype);
      }),
    );
  });
});
