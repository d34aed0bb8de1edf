/**
 * Takes signals for the waits of one execution. A wait that takes a second signal has refused its first one: the record no longer names it,
 * and no other wait gets it.
 */
import { type FlowRunRecord, isTerminal, type SignalRecord, type TaskRunRecord } from '@millrace/kernel';
import type { SignalVerbs } from '../journal/journal.ts';
import { takenBefore, withoutSignal, withSignal } from '../state/signalled-record.ts';

export class SignalTaker {
  /** Names that were looked for and not there. */
  readonly awaited = new Set<string>();
  readonly #verbs: SignalVerbs;
  readonly #flowRun: FlowRunRecord;
  /** Waits that looked, in this execution, for the signal that they had taken in an earlier one. */
  readonly #restored = new Set<string>();
  /** Waits that have, or are about to have, a signal of theirs. */
  readonly #served = new Set<TaskRunRecord>();
  readonly #sessionId: string | null;
  readonly #touch: (record: TaskRunRecord) => void;

  /** `touch` queues the write of a record of this execution. */
  constructor(verbs: SignalVerbs, flowRun: FlowRunRecord, touch: (record: TaskRunRecord) => void) {
    this.#verbs = verbs;
    this.#flowRun = flowRun;
    this.#sessionId = flowRun.sessionId;
    this.#touch = touch;
  }

  /** Whether any was ever looked for: the first look of each wait is for what it took before. */
  get isUsed(): boolean {
    return this.#restored.size > 0;
  }

  /** Whether a wait has its signal, or is about to have it: its run, which is being evicted, must be due at once. */
  get isSignalled(): boolean {
    for (const record of this.#served) if (isTerminal(record.state)) this.#served.delete(record);
    return this.#served.size > 0;
  }

  /** The signal that the wait took before its process died, or the oldest that no wait took. */
  async take(record: TaskRunRecord, name: string): Promise<SignalRecord | undefined> {
    if (this.#served.delete(record)) this.#drop(record);
    const restored = await this.#restore(record, name);
    const signal = restored ?? (await this.#takeNew(record, name));
    if (signal === null) this.awaited.add(name);
    else this.awaited.delete(name);
    return signal ?? undefined;
  }

  async #restore(record: TaskRunRecord, name: string): Promise<SignalRecord | null> {
    if (this.#restored.has(record.id)) return null;
    this.#restored.add(record.id);
    const signalId = takenBefore(record);
    if (signalId === undefined) return null;
    this.#served.add(record);
    return await this.#verbs.find({ flowRunId: this.#flowRun.id, name, signalId });
  }

  /** Queued: a crash before its commit lets the wait refuse the signal once more. */
  #drop(record: TaskRunRecord): void {
    record.history = record.history.map(withoutSignal);
    record.state = withoutSignal(record.state);
    this.#touch(record);
  }

  async #takeNew(record: TaskRunRecord, name: string): Promise<SignalRecord | null> {
    const { id: flowRunId, token: fencingToken } = this.#flowRun;
    // A wait looks again after each notification: a look must not be a commit, which notifies every process.
    if (!(await this.#verbs.isUntaken({ flowRunId, name }))) return null;
    this.#served.add(record);
    const signal = await this.#verbs.take({ flowRunId, fencingToken, sessionId: this.#sessionId, record, name });
    if (signal === null) {
      this.#served.delete(record);
      return null;
    }
    record.state = withSignal(record, signal.id).state;
    this.#restored.add(record.id);
    return signal;
  }
}
