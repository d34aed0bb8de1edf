/**
 * Records the calls of a map that wait for a permit: each has its row (PENDING) before it starts, in the order of the calls, so that a
 * reader sees the whole map and a cancelled call has a row that ends.
 *
 * A row that is written ahead is written twice, so only long waits are recorded: the first calls at once, and the others in bursts while
 * the map is slow. At most `AHEAD_MAX` calls are recorded ahead, because the record of each is in memory.
 */
import type { Run } from '../runs/model.ts';
import type { StartOptions } from '../runs/runtime.ts';
import { isTerminal } from '@millrace/kernel';
import { hasFutures } from '../futures/resolve-inputs.ts';
import { beginTask, type CallInputs, identifyCall, identifySeen, type TaskCall } from './task-call.ts';

/** Recorded at once: the time of one commit. */
export const BURST = 500;
/** Recorded before their turn, at most. */
const AHEAD_MAX = 10_000;
const TICK_MS = 100;
/** A map that begins more calls a tick comes to each of its calls soon: recording them ahead would only cost it time. */
const FAST_COUNT = 100;

const identified = new WeakMap<Run, TaskCall>();

/** Whether there is nothing to wait for: the call can be named at once, in the order of the calls. */
export function isReady(run: Run, options: StartOptions): boolean {
  return (options.waitFor === undefined || options.waitFor.length === 0) && !hasFutures(run.args ?? []);
}

export function identifyReady(run: Run, options: StartOptions): TaskCall {
  return identifyCall(run, readyInputs(run, options));
}

/** As `identifyReady`; later where the thread of the call can't be seen yet. */
export function identifySoon(run: Run, options: StartOptions): TaskCall | Promise<TaskCall> {
  return identifySeen(run, readyInputs(run, options));
}

function readyInputs(run: Run, options: StartOptions): CallInputs {
  return { args: run.args ?? [], inputs: [], kind: options.recordKind ?? 'task' };
}

/** The call of a run that was named before its turn; its occurrence among equals is counted already. */
export function namedCall(run: Run): TaskCall | undefined {
  return identified.get(run);
}

/** The tasks of one map that have not begun. */
export class WaitingCalls {
  readonly #runs: readonly Run[];
  readonly #options: StartOptions;
  /** All before it were named, or have begun. */
  #next = 0;
  /** The one whose turn it is. */
  #turn = 0;
  #turnAtTick = 0;
  #timer: { cancel(): void } | null = null;

  constructor(runs: readonly Run[], options: StartOptions) {
    this.#runs = runs;
    this.#options = options;
  }

  /** The run at this index, whose turn it is, has to wait for its permit. */
  waits(index: number): void {
    const isFirst = this.#next === 0;
    this.#turn = index;
    if (isFirst) this.#record(BURST);
    this.#arm();
  }

  end(): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.#turn = this.#runs.length;
  }

  #arm(): void {
    if (this.#timer !== null || this.#from >= this.#end) return;
    this.#timer = this.#engine.clock.setTimer(TICK_MS, () => {
      this.#timer = null;
      if (this.#engine.halted) return;
      if (this.#turn - this.#turnAtTick < FAST_COUNT) this.#record(BURST);
      this.#turnAtTick = this.#turn;
      this.#arm();
    });
  }

  get #engine(): Run['engine'] {
    return (this.#runs[0] as Run).engine;
  }

  get #from(): number {
    return Math.max(this.#next, this.#turn);
  }

  get #end(): number {
    return Math.min(this.#runs.length, this.#turn + AHEAD_MAX);
  }

  #record(count: number): void {
    let index = this.#from;
    for (let left = count; left > 0 && index < this.#end; index += 1) {
      const run = this.#runs[index];
      if (run !== undefined && record(run, this.#options)) left -= 1;
    }
    this.#next = index;
  }
}

/** False where there is nothing to record yet: it is over, or waits for its inputs. */
function record(run: Run, options: StartOptions): boolean {
  const execution = run.caller?.run.execution ?? null;
  if (execution === null || run.settlement !== 'pending' || run.cancelRequest !== null || run.lostBy !== null)
    return false;
  if (run.kind !== 'task' || !isReady(run, options)) return false;
  run.joinExecution(execution);
  try {
    const call = identifyReady(run, options);
    identified.set(run, call);
    // A run that an earlier execution ended is replayed, or run again, when its turn comes.
    if (call.recorded === undefined || !isTerminal(call.recorded.state)) beginTask(run, call);
  } catch {
    // Its name can't be computed, for example: said when its turn comes, and it fails. An ambiguous one has failed its flow run.
  }
  return true;
}
