/** Reads outcomes of recorded runs on demand: all requests of one turn of the event loop are one read. Large values come from blob storage. */
import type { FlowRunRecord, TaskRunRecord } from '@millrace/kernel';
import type { Journal } from '../journal/journal.ts';

export class OutcomeReader {
  readonly #journal: Journal;
  #batch: { readonly tasks: Set<string>; readonly flows: Set<string>; readonly answer: Promise<Outcomes> } | null =
    null;

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  /** The encoded outcome; null = none was recorded. Throws BlobMissing, BlobDamaged, BlobUnavailable. */
  async read(record: TaskRunRecord | FlowRunRecord): Promise<string | null> {
    const text = record.outcome ?? (await this.#stored(record));
    return text === null ? null : await this.#journal.values.fetch(text, { runId: record.id });
  }

  async #stored(record: TaskRunRecord | FlowRunRecord): Promise<string | null> {
    this.#batch ??= this.#open();
    const { tasks, flows, answer } = this.#batch;
    ('taskKey' in record ? tasks : flows).add(record.id);
    return (await answer).get(record.id) ?? null;
  }

  #open(): { readonly tasks: Set<string>; readonly flows: Set<string>; readonly answer: Promise<Outcomes> } {
    const tasks = new Set<string>();
    const flows = new Set<string>();
    const answer = Promise.resolve().then(() => {
      this.#batch = null;
      return this.#load([...tasks], [...flows]);
    });
    return { tasks, flows, answer };
  }

  async #load(taskRunIds: readonly string[], flowRunIds: readonly string[]): Promise<Outcomes> {
    return new Map(await this.#journal.outcomes({ taskRunIds, flowRunIds }));
  }
}

type Outcomes = ReadonlyMap<string, string | null>;
