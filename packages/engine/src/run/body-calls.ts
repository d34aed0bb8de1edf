/**
 * The calls that one body has made: how many of each kind, and which equal ones were side by side.
 *
 * One is made per body that runs, and most bodies call little: a new one holds nothing.
 */
import { OccurrenceCounter } from '@millrace/kernel';

/** Groups whose threads are remembered; a body with more weak calls than that is not told of every group. */
const GROUPS_MAX = 1_000;

export class BodyCalls {
  #counter: OccurrenceCounter | null = null;
  /** The first thread of each group of equal calls, or null once its calls were found side by side. */
  #threads: Map<string, string | null> | null = null;

  /** How often the text was counted before. */
  next(text: string): number {
    this.#counter ??= new OccurrenceCounter();
    return this.#counter.next(text);
  }

  /** True once for each group: at a call on another thread than the one before it, or on one that is unknown (null). */
  isFirstBeside(group: string, thread: string | null): boolean {
    this.#threads ??= new Map();
    const first = this.#threads.get(group);
    if (first === null) return false;
    if (first === undefined && this.#threads.size >= GROUPS_MAX) return false;
    const isBeside = thread === null || (first !== undefined && first !== thread);
    this.#threads.set(group, isBeside ? null : thread);
    return isBeside;
  }

  /** Whether calls of the group were on different threads, or on one that is unknown. */
  isBeside(group: string): boolean {
    return this.#threads?.get(group) === null;
  }
}
