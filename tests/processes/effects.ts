/**
 * The effects of bodies, as the world saw them: a line before and a line after, appended to a file in one write each, so
 * that no kill takes one back and no two processes mix theirs.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';

/** One line: which process did what, and whether it began or ended. */
export interface Effect {
  readonly moment: 'begin' | 'end';
  readonly pid: number;
  /** The effect, such as `square(3)`. */
  readonly what: string;
  /** The task run that did it. */
  readonly runId: string;
}

export class Effects {
  readonly file: string;

  constructor(file: string) {
    this.file = file;
  }

  append({ moment, pid, what, runId }: Effect): void {
    appendFileSync(this.file, `${moment}\t${pid}\t${what}\t${runId}\n`);
  }

  /** All of them so far, in the order in which they happened. */
  all(): readonly Effect[] {
    if (!existsSync(this.file)) return [];
    return readFileSync(this.file, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const [moment, pid, what = '', runId = ''] = line.split('\t');
        return { moment: moment === 'end' ? 'end' : 'begin', pid: Number(pid), what, runId };
      });
  }

  /** How often each thing was begun. */
  counts(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { moment, what } of this.all()) if (moment === 'begin') counts.set(what, (counts.get(what) ?? 0) + 1);
    return counts;
  }
}
