/** What a line of log must be before it is queued with everybody's lines, which are written by one statement. */
import type { LogRow } from '../ports/records.ts';
import { integer, storable } from '../sql/columns.ts';

/** @throws RangeError or TypeError when no database could store it. */
export function requireLogRow({ flowRunId, taskRunId, level, logger, message, at }: LogRow): void {
  integer(level, 'log.level');
  integer(at, 'log.at');
  for (const text of [flowRunId ?? '', taskRunId ?? '', logger, message]) storable(text);
}
