/**
 * Generators as bodies: what they yield is the run's value as a list, and reaches a caller that iterates as it comes.
 */

type AnyGenerator = Generator<unknown, unknown, unknown> | AsyncGenerator<unknown, unknown, unknown>;

import type { Run } from './model.ts';
export function isGenerator(value: object): value is AnyGenerator {
  const candidate = value as Partial<AnyGenerator>;
  return (
    typeof candidate.next === 'function' &&
    typeof candidate.return === 'function' &&
    (Symbol.asyncIterator in value || Symbol.iterator in value)
  );
}

/** Runs the generator to its end and lists what it yielded. */
export async function collect(run: Run, generator: AnyGenerator): Promise<unknown[]> {
  const stream = { items: [] as unknown[], wake: run.stream?.wake ?? (() => {}) };
  run.stream = stream;
  for await (const item of generator) {
    stream.items.push(item);
    stream.wake();
  }
  return stream.items;
}

/** What a run yields, from the first item on, live; a recorded run gives its recorded list. */
export async function* itemsOf(run: Run): AsyncGenerator<unknown, void, undefined> {
  run.observe();
  let given = 0;
  for (;;) {
    const items = run.stream?.items ?? [];
    while (given < items.length) {
      yield items[given];
      given += 1;
    }
    if (run.settlement !== 'pending') break;
    await new Promise<void>((resolve) => {
      run.onSettled(resolve);
      run.stream ??= { items: [], wake: resolve };
      run.stream.wake = resolve;
    });
  }
  if (run.settlement === 'failed') throw run.value;
  const recorded = run.value as unknown[];
  for (; given < recorded.length; given += 1) yield recorded[given];
}
