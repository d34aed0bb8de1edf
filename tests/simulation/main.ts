/**
 * `npm run simulate`: many seeds, one after the other. The first that fails is printed with its trace and how to repeat it.
 *
 *   npm run simulate -- --seeds 100000 --from 0     so many seeds from this one on (default: 2,000 from 0)
 *   npm run simulate -- --seed 4711                 one seed, with its trace
 *   npm run simulate -- --bug-farm                  the planted faults: each must be found
 */
import { parseArgs } from 'node:util';
import { findBugs } from './bug-farm/find-bugs.ts';
import { simulate, type SimulationResult } from './simulation.ts';

const SEEDS_DEFAULT = 2_000;
const TRACE_LINES = 400;
const TRACE_SHOWN = 120;
const REPORT_EVERY = 1_000;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: String(SEEDS_DEFAULT) },
    from: { type: 'string', default: '0' },
    seed: { type: 'string' },
    'keep-going': { type: 'boolean', default: false },
    'bug-farm': { type: 'boolean', default: false },
  },
});

process.exitCode = await main();

async function main(): Promise<number> {
  if (values['bug-farm']) return await farm();
  if (values.seed !== undefined) return await one(count(values.seed, '--seed'));
  return await many(count(values.from, '--from'), count(values.seeds, '--seeds'));
}

async function one(seed: number): Promise<number> {
  const result = await simulate({ seed, traceLines: Number.POSITIVE_INFINITY });
  print(result.lines.join('\n'));
  const repeated = await simulate({ seed });
  print(`Seed ${seed}: ${describe(result)}, trace ${result.hash}.`);
  if (repeated.hash !== result.hash) print(`It is not repeatable: the second time the trace was ${repeated.hash}.`);
  for (const violation of result.violations) print(`  ${violation}`);
  return result.violations.length === 0 && repeated.hash === result.hash ? 0 : 1;
}

async function many(from: number, seeds: number): Promise<number> {
  const startedAt = performance.now();
  const sum = { virtualMs: 0, crashCount: 0, commitCount: 0, failed: 0 };
  for (let seed = from; seed < from + seeds; seed += 1) {
    const result = await simulate({ seed });
    sum.virtualMs += result.virtualMs;
    sum.crashCount += result.crashCount;
    sum.commitCount += result.commitCount;
    if (result.violations.length > 0) {
      sum.failed += 1;
      await show(seed);
      if (!values['keep-going']) break;
    }
    const done = seed - from + 1;
    if (done % REPORT_EVERY === 0 && done < seeds) print(`${done} seeds, ${seconds(startedAt)} s`);
  }
  const hours = (sum.virtualMs / 3_600_000).toFixed(1);
  print(
    `${seeds} seeds from ${from}: ${sum.failed === 0 ? 'all hold' : `${sum.failed} failed`}. ${hours} simulated hours, ` +
      `${sum.crashCount} crashes, ${sum.commitCount} commits, in ${seconds(startedAt)} s.`,
  );
  return sum.failed === 0 ? 0 : 1;
}

async function show(seed: number): Promise<void> {
  const result = await simulate({ seed, traceLines: TRACE_LINES });
  print(`Seed ${seed} fails: ${describe(result)}.`);
  print(result.lines.slice(-TRACE_SHOWN).join('\n'));
  for (const violation of result.violations) print(`  ${violation}`);
  print(`Repeat it: npm run simulate -- --seed ${seed}`);
}

async function farm(): Promise<number> {
  const found = await findBugs({ seedsMax: count(values.seeds, '--seeds'), from: count(values.from, '--from') });
  for (const { name, seed, tries, violation } of found)
    print(
      seed === null
        ? `MISSED ${name} in ${tries} seeds`
        : `found  ${name} after ${tries} (seed ${seed}): ${violation?.slice(0, 110)}`,
    );
  const missed = found.filter(({ seed }) => seed === null).length;
  print(`${found.length - missed} of ${found.length} planted faults found.`);
  return missed === 0 ? 0 : 1;
}

function describe({ virtualMs, eventCount, commitCount, crashCount }: SimulationResult): string {
  return `${virtualMs} simulated ms, ${eventCount} events, ${commitCount} commits, ${crashCount} crashes`;
}

function seconds(since: number): string {
  return ((performance.now() - since) / 1_000).toFixed(1);
}

function count(text: string, option: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= 0) return number;
  throw new Error(`${option} takes a whole number, not '${text}'.`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
