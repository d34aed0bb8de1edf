/** One broken invariant. */

/** The invariants that a database can be held to, by the names that the reliability tests use. */
export type InvariantName = 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'I8' | 'I9' | 'I13';

/** The problem, and the run that has it (a limit's name for slots; null where no single row is at fault). */
export interface Finding {
  readonly invariant: InvariantName;
  readonly runId: string | null;
  readonly message: string;
}

/** Takes findings until there are enough of them. */
export class Findings {
  readonly list: Finding[] = [];
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  /** Whether no further finding is taken. */
  get full(): boolean {
    return this.list.length >= this.#max;
  }

  add(...findings: readonly Finding[]): void {
    for (const finding of findings) if (!this.full) this.list.push(finding);
  }
}
