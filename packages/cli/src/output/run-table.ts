/** The table of runs that `flow-run ls` and `task-run ls` show. */
import { durationText, relativeTime } from '@millrace/views';
import type { Orphan, State } from '@millrace/kernel';
import { statePaint, stateText } from './state-look.ts';
import { writeTable } from './table.ts';
import type { Terminal } from './terminal.ts';
import { oneLine } from './text-width.ts';

export interface RunRow {
  readonly id: string;
  /** The name of the flow or the key of the task. */
  readonly of: string;
  readonly name: string;
  readonly state: State;
  readonly startAt: number;
  /** Milliseconds; null if no body has run. */
  readonly tookMs: number | null;
  /** Set if the run has lost its process. */
  readonly orphan?: Orphan | undefined;
}

/** Narrower screens show only as much of each id as distinguishes the rows. */
const wideColumns = 100;
/** The part of a UUIDv7 with the time to the millisecond and the counter within it. */
const idWidthMin = 18;

function shownIdWidth(rows: readonly RunRow[]): number {
  let width = idWidthMin;
  while (width < 36 && new Set(rows.map(({ id }) => id.slice(0, width))).size < rows.length) width += 1;
  return width;
}

/** Writes one row per run. */
export function writeRunTable(terminal: Terminal, rows: readonly RunRow[], titles: { readonly of: string }): void {
  const now = terminal.now();
  const idWidth = terminal.out.columns < wideColumns ? shownIdWidth(rows) : undefined;
  writeTable(
    terminal.out,
    [
      { title: 'ID', cell: (row: RunRow) => row.id.slice(0, idWidth) },
      { title: titles.of, cell: (row) => oneLine(row.of), isFlexible: true },
      { title: 'NAME', cell: (row) => oneLine(row.name), isFlexible: true },
      {
        title: 'STATE',
        cell: ({ state, orphan }) => ({
          text: stateText(state, terminal, orphan),
          paint: statePaint(state.type, terminal.out),
        }),
      },
      { title: 'STARTED', cell: (row) => relativeTime(row.startAt, now), align: 'right', isExpendable: true },
      {
        title: 'TOOK',
        cell: (row) => (row.tookMs === null ? '' : durationText(row.tookMs)),
        align: 'right',
        isExpendable: true,
      },
    ],
    rows,
  );
}
