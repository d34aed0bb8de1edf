/** The figures that are limits and not races: memory, size on disk, import, take-up, evenness of latency. */
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProgram } from './subjects.ts';

interface Limit {
  readonly what: string;
  readonly value: number;
  readonly limit: string;
}

interface LimitRun {
  /** Which of cases/limits.ts. */
  readonly program: string;
  readonly flags?: readonly string[];
  readonly home?: string;
}

const program = join(import.meta.dirname, 'cases/limits.ts');

/** Each in a fresh process and a home of its own. */
export async function measureLimits(): Promise<readonly Limit[]> {
  const found: Limit[] = [];
  const add = async (what: string, limit: string, run: LimitRun): Promise<void> => {
    process.stderr.write(`${what}\n`);
    const { program: name, flags = [], home = makeHome() } = run;
    const figure = await runProgram([...flags, program, name], { MILLRACE_HOME: home });
    if ('error' in figure) process.stderr.write(`${figure.error}\n`);
    found.push({ what, limit, value: 'value' in figure ? figure.value : Number.NaN });
  };
  await add("import 'millrace', ms", '80', { program: 'import' });
  await add('`millrace --help` beyond what Node itself takes to start, ms', '150', { program: 'help' });
  await add('p99 of the last 1,000 of 50,000 sequential tasks over p99 of the first, ratio', '2', {
    program: 'evenness',
  });
  await add('heap of a 1,000,000-task map, MB (run with a heap of 1,000 MB)', '1,000', {
    program: 'wide',
    flags: ['--max-old-space-size=1000'],
  });
  await add('growth of RSS from task 100,000 to task 1,000,000 of a sequence, MB', 'flat', { program: 'sequence' });
  await add('RSS with 10,000 runs asleep, MB', '200', { program: 'asleep', flags: ['--expose-gc'] });
  const home = makeHome();
  await runProgram([program, 'leave'], { MILLRACE_HOME: home });
  await add('taking up a run with 10,000 completed children, ms', '1,000', { program: 'take-up', home });
  const sized = makeHome();
  await runProgram([program, 'fill'], { MILLRACE_HOME: sized });
  found.push({ what: 'bytes on disk a no-op task run', limit: '1,536', value: bytesIn(sized) / 10_000 });
  return found;
}

export function limitsTable(limits: readonly Limit[]): string {
  const rows = limits.map(
    ({ what, value, limit }) =>
      `| ${what} | ${value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(1)} | ${limit} |\n`,
  );
  return `| limit | measured | asked |\n| --- | --- | --- |\n${rows.join('')}`;
}

const homes: string[] = [];
process.on('exit', () => {
  for (const home of homes) rmSync(home, { recursive: true, force: true });
});

function makeHome(): string {
  const home = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
  homes.push(home);
  return home;
}

function bytesIn(home: string): number {
  return readdirSync(home).reduce((sum, name) => sum + statSync(join(home, name)).size, 0);
}
