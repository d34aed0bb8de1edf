/** Outcomes of recorded runs, read when they are asked for. All that are asked for in one turn are one read; large ones come from blob storage. */
import type { FlowRunRecord, TaskRunRecord } from '@millrace/kernel';
import type { Store } from '@millrace/store';

/** Ids in one statement. */
const sliceMax = 500;

export class OutcomeReader {
  readonly #store: Store;
  #asked: { readonly tasks: Set<string>; readonly flows: Set<string>; readonly answer: Promise<Outcomes> } | null =
    null;

  constructor(store: Store) {
    this.#store = store;
  }

  /** The encoded outcome; null = none was recorded. Throws BlobMissing, BlobDamaged, BlobUnavailable. */
  async read(record: TaskRunRecord | FlowRunRecord): Promise<string | null> {
    const text = record.outcome ?? (await this.#stored(record));
    return text === null ? null : await this.#store.blobs.fetch(text, { runId: record.id });
  }

  async #stored(record: TaskRunRecord | FlowRunRecord): Promise<string | null> {
    this.#asked ??= this.#open();
    const { tasks, flows, answer } = this.#asked;
    ('taskKey' in record ? tasks : flows).add(record.id);
    return (await answer).get(record.id) ?? null;
  }

  #open(): { readonly tasks: Set<string>; readonly flows: Set<string>; readonly answer: Promise<Outcomes> } {
    const tasks = new Set<string>();
    const flows = new Set<string>();
    const answer = Promise.resolve().then(() => {
      this.#asked = null;
      return this.#load([...tasks], [...flows]);
    });
    return { tasks, flows, answer };
  }

  #load(tasks: readonly string[], flows: readonly string[]): Promise<Outcomes> {
    return this.#store.read(async (transaction) => {
      const outcomes = new Map<string, string | null>();
      for (let start = 0; start < tasks.length; start += sliceMax) {
        const slice = await transaction.taskRuns.outcomes(tasks.slice(start, start + sliceMax));
        for (const [id, outcome] of slice) outcomes.set(id, outcome);
      }
      for (const id of flows) outcomes.set(id, (await transaction.flowRuns.get(id))?.outcome ?? null);
      return outcomes;
    });
  }
}

type Outcomes = ReadonlyMap<string, string | null>;
