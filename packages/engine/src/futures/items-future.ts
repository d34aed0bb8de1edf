/**
 * The future of a generator's run: a future that can also be iterated while the run yields items.
 */
import { currentFrame } from '../runs/frame.ts';
import { itemsOf } from '../runs/item-stream.ts';
import { RunFuture } from './run-future.ts';

/**
 * The future of a run whose body is a generator: awaited, it gives the array; iterated, each item as soon as it is yielded.
 *
 * Leaving the loop early ends the generator at its next `yield`, unless another loop still iterates.
 *
 * @example
 * const pages = task('pages', async function* (url: string) { for (let next = url; next; ) yield (next = await load(next)); });
 * for await (const page of pages('https://example.com')) console.log(page);
 * const all = await pages('https://example.com');
 */
export class ItemsFuture<TItem> extends RunFuture<TItem[]> implements AsyncIterable<TItem> {
  /** @throws what the generator threw, after the items that it yielded before */
  [Symbol.asyncIterator](): AsyncIterator<TItem, void, undefined> {
    return itemsOf(RunFuture.runOf(this), currentFrame()) as AsyncGenerator<TItem, void, undefined>;
  }
}

/** The future of a run with a value of type T; TItem is the type of yielded items, never if the body is no generator. */
export type FutureOf<T, TItem> = [TItem] extends [never] ? RunFuture<T> : ItemsFuture<TItem>;

/** The result of a call: a promise, iterable if the body is a generator. */
export type CallOf<T, TItem> = [TItem] extends [never] ? Promise<T> : Promise<T> & AsyncIterable<TItem>;
