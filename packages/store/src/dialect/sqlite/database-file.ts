/**
 * Checks that the files of an open database are still in their place. A process keeps a deleted, moved or replaced file open: its later
 * commits go to a file that no one can find, and SQLite reports nothing.
 */
import { statSync } from 'node:fs';
import { isTerminalType } from '@millrace/kernel';
import type { RowBatch } from '../../sql/dialect.ts';

/** How often commits look; one that ends an outermost run always does. */
const checkEveryMs = 1_000;
/** The file, its log and the log's index: without either of these two the commits of a moment ago are gone. */
const endings = ['', '-wal', '-shm'] as const;

/** The error of a commit whose database is not there any more. */
export class DatabaseGone extends Error {}

export class DatabaseFile {
  readonly #path: string;
  readonly #now: () => number;
  /** Device and inode, by the file's ending; a log that is not there yet is noted when it is. */
  readonly #known = new Map<string, string>();
  #checkedAt: number;

  constructor(path: string, now: () => number) {
    this.#path = path;
    this.#now = now;
    this.#checkedAt = now();
    for (const ending of endings) this.#look(ending);
  }

  /** @throws DatabaseGone */
  check(isNow: boolean): void {
    const now = this.#now();
    if (!isNow && now - this.#checkedAt < checkEveryMs && now >= this.#checkedAt) return;
    for (const ending of endings) this.#look(ending);
    // After the look: a commit that was refused is tried again, and must be refused again.
    this.#checkedAt = now;
  }

  #look(ending: string): void {
    const path = this.#path + ending;
    const found = statSync(path, { throwIfNoEntry: false });
    const known = this.#known.get(ending);
    if (found === undefined) {
      if (known !== undefined) throw new DatabaseGone(`${path} was deleted or moved away`);
      return;
    }
    const file = `${found.dev} ${found.ino}`;
    if (known === undefined) this.#known.set(ending, file);
    else if (known !== file) throw new DatabaseGone(`${path} was replaced by another file`);
  }
}

/** Whether the rows end a run that the process may end with. */
export function endsRun({ flows, tasks }: RowBatch): boolean {
  return (
    flows.some(({ record }) => record.parentFlowRunId === null && isTerminalType(record.state.type)) ||
    tasks.some(
      ({ fence, records }) =>
        fence !== null && 'taskRunId' in fence && records.some(({ state }) => isTerminalType(state.type)),
    )
  );
}
