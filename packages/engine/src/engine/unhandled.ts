/**
 * Reports failed runs that no scope reports, because they ran outside any flow or ended after it: the console shows those whose result no
 * code observed (law 7).
 *
 * A failure is printed a moment after it happened, because code that keeps the future may observe it until then.
 */
import { ProcessStopping } from '@millrace/kernel';
import type { Engine, Run } from '../runs/model.ts';
import { LogLevel } from '../context/logger.ts';
import { isEviction } from '../runs/eviction.ts';
import { messageOf } from '../runs/values.ts';

/** How long code has to look at a failure before it is printed. */
const LOOK_WITHIN_MS = 100;
/** More are printed at once, and only counted: what is kept here is kept in memory. */
const KEPT_MAX = 1_000;

export class Unhandled {
  readonly #engine: Engine;
  readonly #onFirst: () => void;
  readonly #runs = new Map<Run, number>();
  /** Printed; code may look at them later all the same. */
  readonly #printed = new Set<Run>();
  #hasOverflown = false;
  #timer: { cancel(): void } | null = null;

  /** @param onFirst called when the first failure is printed */
  constructor(engine: Engine, onFirst: () => void) {
    this.#engine = engine;
    this.#onFirst = onFirst;
  }

  /** Whether a failure was printed that no code has looked at since. */
  get hasUnobserved(): boolean {
    return this.#hasOverflown || [...this.#printed].some((run) => !run.observed);
  }

  /** The run has failed. */
  add(run: Run): void {
    // The code that cancels a run, or whose process ends, knows of it.
    if (run.observed || run.cancelRequest !== null || isEviction(run.value)) return;
    if (run.value instanceof ProcessStopping) return;
    this.#runs.set(run, this.#engine.clock.now() + LOOK_WITHIN_MS);
    const [first] = this.#runs.keys();
    if (this.#runs.size > KEPT_MAX && first !== undefined) this.#report(first);
    this.#timer ??= this.#engine.clock.setTimer(LOOK_WITHIN_MS, () => this.#reportDue());
  }

  /** Nothing more will look. */
  reportAll(): void {
    this.#timer?.cancel();
    this.#timer = null;
    for (const run of this.#runs.keys()) this.#report(run);
  }

  /** A run that a serving process took up has failed: no code of the program holds it. */
  reportServed(run: Run): void {
    this.#print(run, `failed: ${messageOf(run.value)}`);
  }

  #reportDue(): void {
    this.#timer = null;
    const now = this.#engine.clock.now();
    for (const [run, dueAt] of this.#runs) {
      if (dueAt > now) {
        this.#timer = this.#engine.clock.setTimer(dueAt - now, () => this.#reportDue());
        return;
      }
      this.#report(run);
    }
  }

  #report(run: Run): void {
    this.#runs.delete(run);
    if (run.observed) return;
    if (this.#printed.size === 0) this.#onFirst();
    if (this.#printed.size < KEPT_MAX) this.#printed.add(run);
    else this.#hasOverflown = true;
    this.#print(run, `failed, and its result was not looked at: ${messageOf(run.value)}`);
  }

  #print(run: Run, text: string): void {
    const kind = run.kind === 'task' ? 'Task' : 'Flow';
    const subject = `${kind} run '${run.name}'`;
    this.#engine.print({ level: LogLevel.error, at: this.#engine.clock.now(), subject, text });
  }
}
