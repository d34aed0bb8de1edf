/**
 * The items that a generator has yielded so far, and the iterations that read them.
 */
import type { Frame, ItemStream, Run } from './model.ts';
import { ConfigurationError } from '@millrace/kernel';
import { waitForAny } from './waiting.ts';

/**
 * The items of a run from the first on. A run without a body in this process gives the items of its array once it has ended.
 *
 * @param frame the frame of the iteration: a body gives its permit back while it waits for an item
 */
export async function* itemsOf(run: Run, frame: Frame | undefined): AsyncGenerator<unknown, void, undefined> {
  run.observe();
  const stream = streamOf(run);
  stream.readers += 1;
  try {
    let given = 0;
    for (;;) {
      for (; given < stream.items.length; given += 1) yield stream.items[given];
      if (run.settlement !== 'pending') break;
      await waitForAny([run], { frame, arrived: () => stream.longerThan(given, run) });
    }
    if (run.settlement === 'failed') throw run.value;
    yield* listOf(run).slice(given);
  } finally {
    stream.readers -= 1;
  }
}

function listOf(run: Run): readonly unknown[] {
  if (Array.isArray(run.value)) return run.value;
  throw new ConfigurationError(
    `'${run.name}' gave no list, so there is nothing to iterate. Make its body a generator, or await it.`,
  );
}

/** The stream of the run, made by the first yield or the first iteration. */
export function streamOf(run: Run): ItemStream {
  if (run.stream !== null) return run.stream;
  const stream = new YieldedItems();
  run.streamInto(stream);
  run.onSettled(() => stream.changed());
  return stream;
}

class YieldedItems implements ItemStream {
  items: readonly unknown[] = [];
  #readers = 0;
  #hadReaders = false;
  #waiting: (() => void)[] = [];

  get readers(): number {
    return this.#readers;
  }

  set readers(count: number) {
    this.#readers = count;
    this.#hadReaders = true;
  }

  get isLeft(): boolean {
    return this.#hadReaders && this.#readers === 0;
  }

  changed(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  async longerThan(count: number, run: Run): Promise<void> {
    while (this.items.length <= count && run.settlement === 'pending')
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}
