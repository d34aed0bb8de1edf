/** The figures as a table: the median of each case on each subject. */
import { CASES, type CaseName, HIGHER_IS_BETTER } from './case.ts';
import type { Figure, SubjectPlan } from './subjects.ts';

export type Figures = Map<string, readonly Figure[]>;

/** A Markdown table, a row a case. */
export function caseTable(figures: Figures, subjects: readonly SubjectPlan[]): string {
  const names = (Object.keys(CASES) as CaseName[]).filter((name) =>
    subjects.some((subject) => figures.has(`${name} ${subject.name}`)),
  );
  const header = ['case', ...subjects.map((subject) => subject.name), 'of raw sqlite', 'times dbos'];
  const rows = names.map((name) => {
    const value = (subject: string): number | undefined => median(figures.get(`${name} ${subject}`) ?? []);
    const cells = subjects.map((subject) => shown(figures.get(`${name} ${subject.name}`) ?? []));
    const ofRaw = ratio(name, value('millrace sqlite'), value('raw sqlite'));
    const overPeer = ratio(name, value('millrace postgres'), value('dbos postgres'));
    return [CASES[name], ...cells, ofRaw, overPeer];
  });
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`;
  return `${line(header)}${line(header.map(() => '---'))}${rows.map(line).join('')}`;
}

function median(figures: readonly Figure[]): number | undefined {
  const values = figures.flatMap((figure) => ('value' in figure ? [figure.value] : [])).sort((a, b) => a - b);
  return values[Math.floor(values.length / 2)];
}

function shown(figures: readonly Figure[]): string {
  const failed = figures.find((figure) => 'error' in figure);
  if (failed !== undefined) return 'failed';
  const value = median(figures);
  return value === undefined ? '-' : format(value);
}

function format(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString('en');
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** How many times better the first is. */
function ratio(name: CaseName, mine: number | undefined, theirs: number | undefined): string {
  if (mine === undefined || theirs === undefined) return '-';
  return `${format(HIGHER_IS_BETTER.has(name) ? mine / theirs : theirs / mine)}x`;
}
