/**
 * Rows over a wire: queued by reference on the near side, sent as a batch of JSON data, and answered with what was refused and
 * the revision that each flow run has now. Whether a record was read without its outcome crosses beside it.
 */
import { decodeThrown, encodeThrown, type FlowRunRecord, type LogLine, type TaskRunRecord } from '@millrace/kernel';
import type { Fence, FlowRunFence } from '@millrace/store';
import { keepsStoredOutcome, markUnread } from '@millrace/store/internal';
import type { RowQueue } from '../journal/journal.ts';
import type { RecordedRows } from '../state/recorded-rows.ts';

/** Records that were read without their outcome stay so on the near side. */
export function markRecorded(rows: RecordedRows): RecordedRows {
  for (const run of [...rows.tasks, ...rows.flows]) markUnread(run);
  return rows;
}

interface Message {
  readonly flows: readonly {
    readonly record: FlowRunRecord;
    readonly parent: FlowRunFence | null;
    readonly keepsOutcome: boolean;
  }[];
  readonly tasks: readonly {
    readonly fence: Fence | null;
    readonly records: readonly { readonly record: TaskRunRecord; readonly keepsOutcome: boolean }[];
  }[];
  readonly logs: readonly LogLine[];
}

/** Of each part of the message, in its order: the error that refused it, or null. */
interface Reply {
  readonly flows: readonly { readonly revision: string; readonly thrown: string | null }[];
  readonly tasks: readonly (string | null)[];
  readonly logs: string | null;
}

type Waiter = PromiseWithResolvers<void>;

/** Rows that are queued and not sent yet. */
class Batch {
  readonly flows = new Map<FlowRunRecord, { readonly parent: FlowRunFence | null; readonly done: Waiter }>();
  readonly tasks = new Map<
    string,
    { readonly fence: Fence | null; readonly records: Set<TaskRunRecord>; readonly done: Waiter }
  >();
  readonly logs: LogLine[] = [];
  readonly logged: Waiter = waiter();

  message(): Message {
    return {
      flows: [...this.flows].map(([record, { parent }]) => {
        return { record, parent, keepsOutcome: keepsStoredOutcome(record) };
      }),
      tasks: [...this.tasks.values()].map(({ fence, records }) => {
        return { fence, records: [...records].map((record) => ({ record, keepsOutcome: keepsStoredOutcome(record) })) };
      }),
      logs: this.logs,
    };
  }

  settle(reply: Reply): void {
    [...this.flows].forEach(([record, { done }], index) => {
      const { revision = '', thrown = null } = reply.flows[index] ?? {};
      if (thrown === null) record.revision = revision;
      settle(done, thrown);
    });
    [...this.tasks.values()].forEach(({ done }, index) => {
      settle(done, reply.tasks[index] ?? null);
    });
    settle(this.logged, reply.logs);
  }
}

export class RowBatches {
  readonly #far: RowQueue;
  readonly #queue: { send<T>(message: () => Promise<T>): Promise<T> };
  #open: Batch | null = null;

  constructor(far: RowQueue, queue: { send<T>(message: () => Promise<T>): Promise<T> }) {
    this.#far = far;
    this.#queue = queue;
  }

  putFlowRun(record: FlowRunRecord, parent: FlowRunFence | null): Promise<void> {
    const known = this.#batch().flows.get(record);
    if (known !== undefined) return known.done.promise;
    // Two images of one run are two writes.
    if ([...this.#batch().flows.keys()].some(({ id }) => id === record.id)) this.cut();
    const entry = { parent, done: waiter() };
    this.#batch().flows.set(record, entry);
    return entry.done.promise;
  }

  putTaskRun(record: TaskRunRecord, fence: Fence | null): Promise<void> {
    const { tasks } = this.#batch();
    const key = JSON.stringify(fence);
    const group = tasks.get(key) ?? { fence, records: new Set(), done: waiter() };
    tasks.set(key, group);
    group.records.add(record);
    return group.done.promise;
  }

  appendLogs(lines: readonly LogLine[]): Promise<void> {
    const batch = this.#batch();
    batch.logs.push(...lines);
    return batch.logged.promise;
  }

  /** Rows that are queued from here on follow the next verb. */
  cut(): void {
    this.#open = null;
  }

  #batch(): Batch {
    if (this.#open !== null) return this.#open;
    const batch = new Batch();
    this.#open = batch;
    void this.#queue.send(async () => {
      // Rows are read when they are sent: what is queued until then goes along.
      if (this.#open === batch) this.#open = null;
      const text = JSON.stringify(batch.message());
      batch.settle(JSON.parse(await writeFar(this.#far, text)) as Reply);
    });
    return batch;
  }
}

/** The far side of a batch. */
async function writeFar(far: RowQueue, text: string): Promise<string> {
  const { flows, tasks, logs } = JSON.parse(text) as Message;
  const written = flows.map(async ({ record, parent, keepsOutcome }) => {
    if (keepsOutcome) markUnread(record);
    const thrown = await refusalOf(far.putFlowRun(record, parent));
    return { revision: record.revision, thrown };
  });
  const grouped = tasks.map(({ fence, records }) => {
    const puts = records.map(({ record, keepsOutcome }) =>
      far.putTaskRun(keepsOutcome ? markUnread(record) : record, fence),
    );
    return refusalOf(Promise.all(puts));
  });
  const logged = logs.length === 0 ? null : refusalOf(far.appendLogs(logs));
  const reply: Reply = {
    flows: await Promise.all(written),
    tasks: await Promise.all(grouped),
    logs: await logged,
  };
  return JSON.stringify(reply);
}

function refusalOf(written: Promise<unknown>): Promise<string | null> {
  return written.then(() => null, encodeThrown);
}

function waiter(): Waiter {
  const made = Promise.withResolvers<void>();
  made.promise.catch(() => undefined);
  return made;
}

function settle(done: Waiter, thrown: string | null): void {
  if (thrown === null) done.resolve();
  else done.reject(decodeThrown(thrown));
}
