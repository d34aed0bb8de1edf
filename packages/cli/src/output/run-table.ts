/** The table of runs that `flow-run ls` and `task-run ls` show. */
import type { State } from '@millrace/kernel';
import { statePaint, stateText } from './state-look.ts';
import { writeTable } from './table.ts';
import type { Terminal } from './terminal.ts';
import { oneLine } from './text-width.ts';
import { durationText, relativeTime } from './time-text.ts';

export interface RunRow {
  readonly id: string;
  /** The flow, or the task. */
  readonly of: string;
  readonly name: string;
  readonly state: State;
  readonly startAt: number;
  readonly endAt: number | null;
}

/** Writes one row a run. */
export function writeRunTable(terminal: Terminal, rows: readonly RunRow[], titles: { readonly of: string }): void {
  const now = terminal.now();
  writeTable(
    terminal.out,
    [
      { title: 'ID', cell: (row: RunRow) => row.id },
      { title: titles.of, cell: (row) => oneLine(row.of), isFlexible: true },
      { title: 'NAME', cell: (row) => oneLine(row.name), isFlexible: true },
      {
        title: 'STATE',
        cell: ({ state }) => ({ text: stateText(state, terminal), paint: statePaint(state.type, terminal.out) }),
      },
      { title: 'STARTED', cell: (row) => relativeTime(row.startAt, now), align: 'right' },
      {
        title: 'TOOK',
        cell: (row) => (row.endAt === null ? '' : durationText(row.endAt - row.startAt)),
        align: 'right',
      },
    ],
    rows,
  );
}
