/**
 * Marks a run as this process's while the claim of it is being committed: another claim by this process would otherwise
 * find its own session on a run that nobody seems to run, and take it over from itself.
 */
import type { OwnedRuns } from '../state/ledger-context.ts';

/** Of one claim. A body that is called again drops what its earlier try had taken. */
export class Reservation {
  readonly #owned: OwnedRuns;
  #flowRunId: string | null = null;

  constructor(owned: OwnedRuns) {
    this.#owned = owned;
  }

  take(flowRunId: string): void {
    this.drop();
    this.#flowRunId = flowRunId;
    this.#owned.reserve(flowRunId);
  }

  drop(): void {
    if (this.#flowRunId !== null) this.#owned.unreserve(this.#flowRunId);
    this.#flowRunId = null;
  }
}
