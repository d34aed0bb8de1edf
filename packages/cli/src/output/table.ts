/** Tables for people: columns as wide as their content, except that flexible columns shrink to fit the screen. */
import type { Channel } from './terminal.ts';
import { coloursOnly, cutTo, oneLine, padTo, textWidth } from './text-width.ts';

export interface Cell {
  readonly text: string;
  /** Applied after the text is cut. */
  readonly paint?: (text: string) => string;
}

export interface Column<TRow> {
  readonly title: string;
  readonly cell: (row: TRow) => string | Cell;
  /** For numbers. */
  readonly align?: 'right';
  /** Shrinks if the line is too long; other columns are never cut. */
  readonly isFlexible?: boolean;
  /** Omitted, the last first, if the screen is too narrow. */
  readonly isExpendable?: boolean;
}

const GAP = '  ';
const FLEXIBLE_WIDTH_MIN = 8;

/** Writes the rows as a table with a line of titles. */
export function writeTable<TRow>(channel: Channel, given: readonly Column<TRow>[], rows: readonly TRow[]): void {
  const left = leftOut(channel, given, rows);
  const columns = given.filter((column) => !left.has(column));
  const cells = rows.map((row) => columns.map((column) => asCell(column.cell(row))));
  const widths = columns.map((column) => widthOf(column, rows));
  fit(widths, columns, channel.columns);
  const titles = columns.map(({ title }) => ({ text: oneLine(title), paint: channel.paint.dim }));
  for (const line of [titles, ...cells]) channel.write(`${lineOf(line, columns, widths)}\n`);
}

function widthOf<TRow>(column: Column<TRow>, rows: readonly TRow[]): number {
  return rows.reduce(
    (width, row) => Math.max(width, textWidth(asCell(column.cell(row)).text)),
    textWidth(oneLine(column.title)),
  );
}

/** The columns that don't fit even after the flexible ones have shrunk. */
function leftOut<TRow>(
  { columns: available }: Channel,
  columns: readonly Column<TRow>[],
  rows: readonly TRow[],
): ReadonlySet<Column<TRow>> {
  const least = columns.map((column) => {
    const width = widthOf(column, rows);
    return GAP.length + (column.isFlexible === true ? Math.min(width, FLEXIBLE_WIDTH_MIN) : width);
  });
  let excess = least.reduce((sum, width) => sum + width, 0) - GAP.length - available;
  const left = new Set<Column<TRow>>();
  for (const [index, column] of [...columns.entries()].reverse()) {
    if (excess <= 0) break;
    if (column.isExpendable !== true) continue;
    left.add(column);
    excess -= least[index] ?? 0;
  }
  return left;
}

function lineOf<TRow>(line: readonly Cell[], columns: readonly Column<TRow>[], widths: readonly number[]): string {
  const parts = line.map(({ text, paint }, index) => {
    const width = widths[index] ?? 0;
    const shown = cutTo(text, width);
    const painted = paint === undefined ? shown : paint(shown);
    const fill = ' '.repeat(Math.max(0, width - textWidth(shown)));
    return columns[index]?.align === 'right' ? fill + painted : painted + fill;
  });
  return parts.join(GAP).trimEnd();
}

/** Shrinks the flexible columns, the widest first, until the line fits. */
function fit<TRow>(widths: number[], columns: readonly Column<TRow>[], available: number): void {
  const total = (): number => widths.reduce((sum, width) => sum + width, 0) + GAP.length * (widths.length - 1);
  const flexible = columns.flatMap((column, index) => (column.isFlexible === true ? [index] : []));
  while (total() > available) {
    const widest = flexible.reduce(
      (best, index) => ((widths[index] ?? 0) > (widths[best] ?? 0) ? index : best),
      flexible[0] ?? -1,
    );
    const width = widths[widest];
    if (width === undefined || width <= FLEXIBLE_WIDTH_MIN) return;
    widths[widest] = width - 1;
  }
}

/** Recorded text becomes one line without control characters; colours are added after that. */
function asCell(value: string | Cell): Cell {
  return typeof value === 'string' ? { text: oneLine(value) } : { ...value, text: oneLine(value.text) };
}

/** Writes names and values, one a line, with aligned values. Empty values are omitted. */
export function writeFields(channel: Channel, fields: readonly (readonly [string, string | null | undefined])[]): void {
  const shown = fields.filter(
    (field): field is readonly [string, string] => field[1] !== null && field[1] !== undefined && field[1] !== '',
  );
  const width = Math.max(0, ...shown.map(([name]) => textWidth(name)));
  for (const [name, value] of shown) {
    const [first = '', ...rest] = value.split('\n').map(coloursOnly);
    channel.write(`${channel.paint.dim(padTo(name, width))}  ${first}\n`);
    for (const line of rest) channel.write(`${' '.repeat(width + 2)}${line}\n`);
  }
}
