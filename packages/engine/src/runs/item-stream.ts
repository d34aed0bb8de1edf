/**
 * What a generator has yielded so far, and those who iterate it.
 */
import type { Frame, ItemStream, Run } from './model.ts';
import { ConfigurationError } from '@millrace/kernel';
import { waitForAny } from './waiting.ts';

/**
 * What a run yields, from the first item on; a run that is not under way here gives the items of its list once it has ended.
 *
 * @param frame who iterates: a body gives its place back while it waits for an item
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

/** The run's stream, begun by whoever comes first: who yields or who iterates. */
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
