/** A body is given its context where its parameters say so, and data is never mistaken for it. */
import { expect, test } from 'vitest';
import { contextPosition } from './context-parameter.ts';
import { defineFlow } from './definition.ts';

type Parameter = Readonly<Record<string, unknown>>;

const bodies: readonly (readonly [number, (...args: never[]) => unknown])[] = [
  [1, (_: number, ctx: Parameter) => ctx],
  [0, (context: Parameter) => context],
  [1, (_: number, _ctx: Parameter) => 1],
  [1, (_: number, taskCtx: Parameter) => taskCtx],
  [1, (_: number, taskContext: Parameter) => taskContext],
  [1, (_: number, runCtx: Parameter) => runCtx],
  [1, (_: number, run_context: Parameter) => run_context],
  [1, (_: number, { signal }: Parameter) => signal],
  [1, (_: number, { signal, ...rest }: Parameter) => [signal, rest]],
  [1, (_: number, { attempt = 1 }: Parameter) => attempt],
  [1, (_: number, { attempt: n = Math.max(1, 2), tags = [1, 2] }: Parameter) => [n, tags]],
  [
    1,
    (_: number, { signal: { aborted } = { aborted: true }, logger }: Record<string, { aborted?: boolean }>) => [
      aborted,
      logger,
    ],
  ],
  [1, (_: number, { flowRun: { id } = { id: '}' }, taskRun }: Record<string, { id?: string }>) => [id, taskRun]],
  [1, (_: number, { signal }: Parameter = {}) => signal],
  [-1, (_: number) => 1],
  [-1, () => 1],
  [-1, (_: number, c: Parameter) => c],
  [-1, (_: number, limit?: number) => limit],
  [-1, (_: number, text: string) => text],
  [-1, (_: number, subtext: string) => subtext],
  [-1, (ctx: Parameter, _: number) => ctx],
  [-1, (_: number, { signal, url }: Parameter) => [signal, url]],
  [-1, (_: number, { ...rest }: Parameter) => rest],
  [-1, (_: number, [signal]: readonly unknown[]) => signal],
  [-1, (_: number, ...context: readonly unknown[]) => context],
  [-1, (_: number, ...taskContext: readonly unknown[]) => taskContext],
];

test.each(bodies.map(([position, body]) => [String(body), position, body] as const))('%s: %i', (_, position, body) => {
  expect(contextPosition(body)).toBe(position);
});

test('a flow with an input takes its context second, whatever it calls it', () => {
  const input = { '~standard': { version: 1, vendor: 'test', validate: (value: unknown) => ({ value }) } } as const;
  for (const body of [(_: number, c: Parameter) => c, (_: number) => 1, (_: number, { ...rest }: Parameter) => rest])
    expect(defineFlow({ name: 'named', input }, { body, location: null }).contextPosition).toBe(1);
  const body = (_: number, c: Parameter): Parameter => c;
  expect(defineFlow({ name: 'named' }, { body, location: null }).contextPosition).toBe(-1);
});
