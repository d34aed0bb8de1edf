/**
 * Generators as bodies: the value of the run is the array of yielded items, and an iteration of the run's future receives each item as
 * it is yielded.
 *
 * The array is recorded once, when the generator has ended. A later attempt yields from the start; an iteration continues at its next
 * position, so that it sees each position once.
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

/** Runs the generator of a body to its end, or until every iteration has stopped, and returns the yielded items. */
export async function collect(frame: Frame, generator: AnyGenerator): Promise<unknown[]> {
  const { run } = frame;
  const stream = streamOf(run);
  const items: unknown[] = [];
  stream.items = items;
  for await (const item of generator) {
    // An abandoned or superseded attempt ends at its next item.
    if (run.aborted || stream.items !== items) break;
    items.push(hasFuturesToStore(item) ? await settledValue(item, 'yield', frame) : item);
    stream.changed();
    if (stream.isLeft) break;
  }
  return items;
}
