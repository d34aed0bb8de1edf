/**
 * Recognizes lines that a flow's body logs again while it is replayed: they are shown, and not recorded twice.
 *
 * A line is a repetition if a line of the same level and text is recorded in this attempt and was not logged again yet. So a new line is
 * always recorded, and so is one that differs (for example by a time in it). Recognition ends when the replay has: the body has made every
 * recorded call, and a new one.
 */
import type { FlowRunRecord } from '@millrace/kernel';
import { StateName, StateType } from '@millrace/kernel';
import type { Engine, RepeatedLines, Run } from '../runs/model.ts';

const PAGE_SIZE = 1_000;
/** More lines than this, of the flow run and its tasks, are not looked through: their repetitions are recorded. */
const LINES_MAX = 20_000;

class Lines implements RepeatedLines {
  readonly #left = new Map<string, number>();

  /** Whether the line is a repetition, which is counted. */
  takes(level: number, message: string): boolean {
    const key = keyOf(level, message);
    const left = this.#left.get(key);
    if (left === undefined) return false;
    if (left === 1) this.#left.delete(key);
    else this.#left.set(key, left - 1);
    return true;
  }

  add(level: number, message: string): void {
    const key = keyOf(level, message);
    this.#left.set(key, (this.#left.get(key) ?? 0) + 1);
  }

  get isEmpty(): boolean {
    return this.#left.size === 0;
  }
}

function keyOf(level: number, message: string): string {
  return `${level} ${message}`;
}

/** The lines of the flow's body in the attempt that goes on; null = there are none. */
export async function readRepeated(engine: Engine, record: FlowRunRecord): Promise<RepeatedLines | null> {
  const lines = new Lines();
  const since = attemptEndedAt(record);
  let after: number | undefined;
  for (let read = 0; read < LINES_MAX; read += PAGE_SIZE) {
    const page = await engine.opened.runs.logs({
      flowRunId: record.id,
      limit: PAGE_SIZE,
      ...(after === undefined ? {} : { after }),
    });
    for (const { taskRunId, level, message, at } of page)
      if (taskRunId === null && at >= since) lines.add(level, message);
    if (page.length < PAGE_SIZE) break;
    after = page.at(-1)?.sequence;
  }
  return lines.isEmpty ? null : lines;
}

/** The body of this run makes a call that no earlier execution recorded: with all that are recorded made, it has caught up. */
export function endRepetition(run: Run): void {
  if (run.repeated !== null && run.execution?.recorded.isCaughtUp === true) run.repeatLines(null);
}

/** When the attempt before this one ended (epoch ms); 0 = this is the first. */
function attemptEndedAt({ history, state }: FlowRunRecord): number {
  let endedAt = 0;
  for (const { type, name, at } of [...history, state]) {
    const isRetry = name === StateName.AwaitingRetry || name === StateName.Retrying;
    if (isRetry || type === StateType.Failed || type === StateType.Completed || type === StateType.Cancelled)
      endedAt = at;
  }
  return endedAt;
}
