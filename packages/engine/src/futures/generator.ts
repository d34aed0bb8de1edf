/**
 * Generators as bodies: the list of what they yield is the run's value, and whoever iterates the run's future sees each item
 * as it comes.
 *
 * What is recorded is the list, once, when the generator has ended. An attempt that is made again yields from the start;
 * who iterates goes on at the item that comes next for it, so that each position is seen once.
 */
import type { Frame } from '../runs/model.ts';
import { hasFuturesToStore, settledValue } from './resolve-inputs.ts';
import { streamOf } from '../runs/item-stream.ts';

type AnyGenerator = Generator<unknown, unknown, unknown> | AsyncGenerator<unknown, unknown, unknown>;

export function isGenerator(value: unknown): value is AnyGenerator {
  if (typeof value !== 'object' || value === null) return false;
  const candidate = value as Partial<AnyGenerator>;
  return (
    typeof candidate.next === 'function' &&
    typeof candidate.return === 'function' &&
    (Symbol.asyncIterator in value || Symbol.iterator in value)
  );
}

/** Runs the generator of a body, to its end or until nobody wants more, and lists what it yielded. */
export async function collect(frame: Frame, generator: AnyGenerator): Promise<unknown[]> {
  const { run } = frame;
  const stream = streamOf(run);
  const items: unknown[] = [];
  stream.items = items;
  for await (const item of generator) {
    // An abandoned attempt, or one that another has taken the place of, is let go at its next item.
    if (run.aborted || stream.items !== items) break;
    items.push(hasFuturesToStore(item) ? await settledValue(item, 'yield', frame) : item);
    stream.changed();
    if (stream.isLeft) break;
  }
  return items;
}
