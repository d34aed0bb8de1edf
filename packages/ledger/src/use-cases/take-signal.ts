/**
 * Signals of one execution. A signal is taken in one transaction with the record of the wait that takes it, which names
 * it: after a crash the wait gets that very signal again, and nobody else does. A wait that asks once more refused what it
 * was given: its record no longer names that, and nobody gets it again.
 */
import {
  type FlowRunRecord,
  isTerminal,
  type SignalRecord,
  StaleExecution,
  type State,
  type TaskRunRecord,
} from '@millrace/kernel';
import type { Store } from '@millrace/store';

export class SignalTaker {
  /** Names that were looked for and not there. */
  readonly awaited = new Set<string>();
  readonly #store: Store;
  readonly #flowRun: FlowRunRecord;
  /** Waits that were given, in this execution, what they had taken in an earlier one. */
  readonly #restored = new Set<string>();
  /** Waits that have, or are about to have, a signal of theirs. */
  readonly #served = new Set<TaskRunRecord>();
  readonly #sessionId: string | null;
  readonly #touch: (record: TaskRunRecord) => void;

  /** `touch` queues the write of a record of this execution. */
  constructor(store: Store, flowRun: FlowRunRecord, touch: (record: TaskRunRecord) => void) {
    this.#store = store;
    this.#flowRun = flowRun;
    this.#sessionId = flowRun.sessionId;
    this.#touch = touch;
  }

  /** Whether any was ever looked for: the first look of each wait is for what it took before. */
  get isUsed(): boolean {
    return this.#restored.size > 0;
  }

  /**
   * From now on nobody hears of what a wait is given: its run is being parked, and must be due at once if any was. Answers
   * whether one was, when asked in the transaction that parks it.
   */
  park(): () => boolean {
    for (const record of this.#served) if (isTerminal(record.state)) this.#served.delete(record);
    return () => this.#served.size > 0;
  }

  /** The signal that the wait took before its process died, or the oldest that nobody took. */
  async take(record: TaskRunRecord, name: string): Promise<SignalRecord | undefined> {
    if (this.#served.delete(record)) this.#drop(record);
    const restored = await this.#restore(record, name);
    const signal = restored ?? (await this.#takeNew(record, name));
    if (signal === undefined) this.awaited.add(name);
    else this.awaited.delete(name);
    return signal;
  }

  async #restore(record: TaskRunRecord, name: string): Promise<SignalRecord | undefined> {
    if (this.#restored.has(record.id)) return undefined;
    this.#restored.add(record.id);
    const signalId = takenBefore(record);
    if (signalId === undefined) return undefined;
    this.#served.add(record);
    const flowRunId = this.#flowRun.id;
    const list = await this.#store.read(({ signals }) =>
      signals.list(flowRunId, { limit: 1_000, after: before(signalId) }),
    );
    return list.find((signal) => signal.id === signalId && signal.name === name);
  }

  /** Queued: a crash before its commit lets the wait refuse the signal once more. */
  #drop(record: TaskRunRecord): void {
    record.history = record.history.map(withoutSignal);
    record.state = withoutSignal(record.state);
    this.#touch(record);
  }

  async #takeNew(record: TaskRunRecord, name: string): Promise<SignalRecord | undefined> {
    const { id: flowRunId, token } = this.#flowRun;
    // Whoever waits asks again at each hint: a look must not be a commit, which is a hint to everybody.
    if (!(await this.#store.read(({ signals }) => signals.hasUntaken(flowRunId, [name])))) return undefined;
    this.#served.add(record);
    const signal = await this.#store.write(async (transaction) => {
      const run = await transaction.flowRuns.getForUpdate(flowRunId);
      // A run that was parked meanwhile keeps its token.
      if (run?.token !== token || run.sessionId !== this.#sessionId) throw new StaleExecution({ flowRunId, token });
      const taken = await transaction.signals.takeOldest(flowRunId, name);
      if (taken !== undefined) await transaction.taskRuns.put([withSignal(record, taken.id)]);
      return taken;
    });
    if (signal === undefined) {
      this.#served.delete(record);
      return undefined;
    }
    record.state = withSignal(record, signal.id).state;
    this.#restored.add(record.id);
    return signal;
  }
}

function withSignal(record: TaskRunRecord, signalId: string): TaskRunRecord {
  return { ...record, state: { ...record.state, details: { ...record.state.details, signalId } } };
}

function withoutSignal(state: State): State {
  if (state.details?.signalId === undefined) return state;
  const { signalId: _, ...details } = state.details;
  return { ...state, details };
}

/** The last signal that the wait took. A recovery puts the state that names it into the history. */
function takenBefore(record: TaskRunRecord): string | undefined {
  const last = [...record.history, record.state].findLast((state) => state.details?.signalId !== undefined);
  return last?.details?.signalId;
}

/** A key just before the id, to page from. */
function before(id: string): string {
  return id.slice(0, -1);
}
