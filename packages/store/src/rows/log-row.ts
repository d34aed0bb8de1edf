/** Checks a line of log before it is queued, because one statement writes it with all others. */
import type { LogRow } from '../ports/records.ts';
import { integer, storable } from '../sql/columns.ts';

/** @throws RangeError or TypeError when no database could store it. */
export function requireLogRow({ flowRunId, taskRunId, level, logger, message, at }: LogRow): void {
  integer(level, 'log.level');
  integer(at, 'log.at');
  for (const text of [flowRunId ?? '', taskRunId ?? '', logger, message]) storable(text);
}
