/**
 * Counts the calls of one body: how many of each group, and which equal ones were made side by side.
 *
 * Each body has one, and most bodies make few calls, so an empty one allocates nothing.
 */
import { type FlowRunRecord, OccurrenceCounter, type TaskRunRecord, UNKNOWN_THREAD } from '@millrace/kernel';

/** Groups whose threads are remembered; in a body with more such calls, some groups are not reported. */
const GROUPS_MAX = 1_000;

export class BodyCalls {
  #counter: OccurrenceCounter | null = null;
  /** The first thread of each group of equal calls, or null once its calls were found side by side. */
  #threads: Map<string, string | null> | null = null;
  #lone: Map<string, TaskRunRecord | FlowRunRecord> | null = null;

  /** How often the text was counted before. */
  next(text: string): number {
    this.#counter ??= new OccurrenceCounter();
    return this.#counter.next(text);
  }

  /** True once per group: at a call on another thread than the one before it, or at a second call with an unknown thread. */
  isFirstBeside(group: string, thread: string): boolean {
    this.#threads ??= new Map();
    const first = this.#threads.get(group);
    if (first === null) return false;
    if (first === undefined && this.#threads.size >= GROUPS_MAX) return false;
    const isBeside = first !== undefined && (thread === UNKNOWN_THREAD || first !== thread);
    this.#threads.set(group, isBeside ? null : thread);
    return isBeside;
  }

  /** Remembers that the only record of its group was given to a call with an unknown thread: it may belong to a later call. */
  trustLone(group: string, record: TaskRunRecord | FlowRunRecord): void {
    this.#lone ??= new Map();
    this.#lone.set(group, record);
  }

  /** The record that `trustLone` gave. */
  loneOf(group: string): TaskRunRecord | FlowRunRecord | undefined {
    return this.#lone?.get(group);
  }

  /** Whether calls of the group were on different threads, or several on unknown ones. */
  isBeside(group: string): boolean {
    return this.#threads?.get(group) === null;
  }
}
