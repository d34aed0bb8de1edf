import { fc, it as property } from '@fast-check/vitest';
import { expect, it } from 'vitest';
import { plainJson } from './plain-json.ts';

property.prop([fc.jsonValue()])('leaves JSON values unchanged', (value) => {
  expect(JSON.stringify(plainJson(value))).toBe(JSON.stringify(value));
});

it('writes a value that JSON has no form for as the nearest string or array', () => {
  expect(plainJson(new Map([['a', 1n]]))).toEqual([['a', '1']]);
  expect(plainJson(new Set([1, undefined]))).toEqual([1, null]);
  expect(plainJson({ at: new Date(0), never: new Date(Number.NaN), url: new URL('https://a.b/c') })).toEqual({
    at: '1970-01-01T00:00:00.000Z',
    never: null,
    url: 'https://a.b/c',
  });
  expect(plainJson([Number.NaN, Number.POSITIVE_INFINITY])).toEqual(['NaN', 'Infinity']);
  expect(plainJson(new Uint8Array([1, 2]))).toBe('AQI=');
  expect(plainJson(new Uint8Array(200_000))).toBe(Buffer.alloc(200_000).toString('base64'));
  expect(plainJson(new Float32Array([1, 2]))).toEqual([1, 2]);
  expect(plainJson(new TypeError('no', { cause: new Error('why') }))).toMatchObject({
    name: 'TypeError',
    message: 'no',
    cause: { message: 'why' },
  });
});

it('cuts a circular reference', () => {
  const circle: Record<string, unknown> = {};
  circle['self'] = circle;
  expect(JSON.stringify(plainJson(circle))).toBe('{"self":"[circular]"}');
});

it('bounds what it writes of shared parts, and of any depth', () => {
  let shared: unknown = 1;
  for (let depth = 0; depth < 60; depth += 1) shared = { left: shared, right: shared };
  expect(JSON.stringify(plainJson(shared)).length).toBeLessThan(10_000_000);
  const all: unknown[][] = Array.from({ length: 100 }, () => []);
  for (const one of all) one.push(...all);
  expect(JSON.stringify(plainJson(all)).length).toBeLessThan(20_000_000);
  let list: object = {};
  for (let depth = 0; depth < 100_000; depth += 1) list = { next: list };
  expect(JSON.stringify(plainJson(list))).toContain('[too deep]');
});
