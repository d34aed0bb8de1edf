/**
 * Log lines on the console, in Prefect's form: `12:34:56.789 | INFO    | Flow run 'merry-otter' - message`. On standard
 * error, so that a program's own output stays its own.
 */
import type { ConsoleLine } from '@millrace/engine';

const names: readonly (readonly [number, string])[] = [
  [50, 'CRITICAL'],
  [40, 'ERROR'],
  [30, 'WARNING'],
  [20, 'INFO'],
  [0, 'DEBUG'],
];

export function printLine({ level, at, subject, text }: ConsoleLine): void {
  const time = new Date(at);
  const clock = `${time.toTimeString().slice(0, 8)}.${String(time.getMilliseconds()).padStart(3, '0')}`;
  const name = (names.find(([least]) => level >= least)?.[1] ?? 'DEBUG').padEnd(8);
  process.stderr.write(`${clock} | ${name}| ${subject === null ? '' : `${subject} - `}${text}\n`);
}
