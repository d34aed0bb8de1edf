/**
 * Log lines on the console in Prefect's format: `12:34:56.789 | INFO    | Flow run 'merry-otter' - message`. They go to standard error,
 * because standard output belongs to the program.
 */
import type { ConsoleLine } from '@millrace/engine';
import { terminalControls } from '@millrace/kernel';

const names: readonly (readonly [number, string])[] = [
  [50, 'CRITICAL'],
  [40, 'ERROR'],
  [30, 'WARNING'],
  [20, 'INFO'],
  [0, 'DEBUG'],
];

const colourOrControl = new RegExp(`(\\u001b\\[[\\d;]*m|[\\t\\n])|${terminalControls.source}`, 'g');

/** Keeps the colours of a line and removes characters that move the cursor or change the writing direction. */
function shown(text: string): string {
  if (text.search(terminalControls) < 0) return text;
  return text.replaceAll('\r\n', '\n').replace(colourOrControl, (_, kept: string | undefined) => kept ?? ' ');
}

export function printLine({ level, at, subject, text }: ConsoleLine): void {
  const time = new Date(at);
  const clock = `${time.toTimeString().slice(0, 8)}.${String(time.getMilliseconds()).padStart(3, '0')}`;
  const name = (names.find(([least]) => level >= least)?.[1] ?? 'DEBUG').padEnd(8);
  process.stderr.write(`${clock} | ${name}| ${subject === null ? '' : `${shown(subject)} - `}${shown(text)}\n`);
}
