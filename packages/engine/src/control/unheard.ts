/**
 * Runs that failed where no scope reports it, outside any flow or after theirs had ended: the console is told of those that
 * nobody has looked at (law 7).
 *
 * Not at once: who keeps a future may look at it later. Told when the process has nothing more to do, or some seconds after.
 */
import type { Engine, Run } from '../run/model.ts';
import { LogLevel } from '../context/logger.ts';
import { isForParking } from '../run/parked.ts';
import { messageOf } from '../run/values.ts';

const LOOK_WITHIN_MS = 5_000;
/** More are told at once: what is kept here is kept in memory. */
const KEPT_MAX = 1_000;

export class Unheard {
  readonly #engine: Engine;
  readonly #runs = new Map<Run, number>();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** The run has failed. */
  add(run: Run): void {
    // Who cancels a run need not be told that it was.
    if (run.observed || run.cancelRequest !== null || isForParking(run.value)) return;
    const now = this.#engine.clock.now();
    this.#runs.set(run, now);
    for (const [known, since] of this.#runs) {
      if (now - since < LOOK_WITHIN_MS && this.#runs.size <= KEPT_MAX) break;
      this.#tell(known);
    }
  }

  /** Nobody will look any more. */
  tellAll(): void {
    for (const run of this.#runs.keys()) this.#tell(run);
  }

  #tell(run: Run): void {
    this.#runs.delete(run);
    if (run.observed) return;
    const kind = run.definition.kind === 'task' ? 'Task' : 'Flow';
    this.#engine.print({
      level: LogLevel.error,
      at: this.#engine.clock.now(),
      subject: `${kind} run '${run.name}'`,
      text: `failed, and nobody looked at it: ${messageOf(run.value)}`,
    });
  }
}
