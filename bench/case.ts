/** The cases that are measured, and how a result is reported: a program prints one JSON line. */

export const CASES = {
  map10000: 'a map of 10,000 no-op async tasks, runs/s',
  map1000: 'a map of 1,000 no-op async tasks, runs/s',
  steps: '1,000 sequential steps, ms a step',
  runs: '1,000 no-op flow runs, runs/s',
  latency: 'one flow run, p50 ms',
  children: '200 children of 5 steps, steps/s',
  start: "first flow's result after process start, ms",
} as const;
export type CaseName = keyof typeof CASES;

/** Cases whose figure is better when it is higher. */
export const HIGHER_IS_BETTER: ReadonlySet<string> = new Set(['map10000', 'map1000', 'runs', 'children']);

/** The calls that a case measures, in the subject's own words. */
export interface Subject {
  map(count: number): Promise<readonly number[]>;
  /** Adds one, as often as said, one after the other; gives the sum. */
  steps(count: number): Promise<number>;
  runs(count: number): Promise<readonly number[]>;
  one(): Promise<number>;
  children(count: number): Promise<readonly number[]>;
}

export interface Measured {
  readonly value: number;
  readonly rssMb: number;
  readonly extra?: Readonly<Record<string, number>>;
}

/** Runs one case on a subject and checks that all of it was done. */
export async function measure(name: CaseName, subject: Subject): Promise<Measured> {
  await warmUp(name, subject);
  switch (name) {
    case 'map10000':
    case 'map1000': {
      const count = name === 'map1000' ? 1_000 : 10_000;
      const [ms, values] = await timed(() => subject.map(count));
      assertSum(values, count);
      return reported((count / ms) * 1_000);
    }
    case 'steps': {
      const [ms, sum] = await timed(() => subject.steps(1_000));
      if (sum !== 1_000) throw new Error(`1,000 steps came to ${sum}`);
      return reported(ms / 1_000);
    }
    case 'runs': {
      const [ms, values] = await timed(() => subject.runs(1_000));
      assertSum(values, 1_000);
      return reported(1_000_000 / ms);
    }
    case 'latency':
      return await latency(subject);
    case 'children': {
      const [ms, values] = await timed(() => subject.children(200));
      if (values.length !== 200) throw new Error(`${values.length} of 200 children`);
      return reported(1_000_000 / ms);
    }
    case 'start': {
      await subject.one();
      return reported(performance.now());
    }
  }
}

const LATENCY_MS = 10_000;

/**
 * Every subject goes through a case once, smaller where it is long, before it counts: opening a database and compiling
 * functions have a case of their own (`start`), and peers that open theirs elsewhere would win by it.
 */
async function warmUp(name: CaseName, subject: Subject): Promise<void> {
  if (name === 'map10000' || name === 'map1000') await subject.map(1_000);
  else if (name === 'steps') await subject.steps(200);
  else if (name === 'runs') await subject.runs(1_000);
  else if (name === 'children') await subject.children(200);
}

async function latency(subject: Subject): Promise<Measured> {
  const samples: number[] = [];
  const startedAt = performance.now();
  // A peer that polls takes a second a run: ten of its runs show as much as two hundred.
  while (samples.length < 10 || (samples.length < 200 && performance.now() - startedAt < LATENCY_MS)) {
    samples.push((await timed(() => subject.one()))[0]);
  }
  samples.sort((a, b) => a - b);
  const at = (share: number): number => samples[Math.floor(samples.length * share)] ?? 0;
  return reported(at(0.5), { p99: at(0.99) });
}

async function timed<T>(body: () => Promise<T>): Promise<[number, T]> {
  const startedAt = performance.now();
  const value = await body();
  return [performance.now() - startedAt, value];
}

function assertSum(values: readonly number[], count: number): void {
  const sum = values.reduce((a, b) => a + b, 0);
  if (values.length !== count || sum !== (count * (count + 1)) / 2)
    throw new Error(`${values.length} values came to ${sum}`);
}

function reported(value: number, extra?: Readonly<Record<string, number>>): Measured {
  return { value, rssMb: Math.round(process.memoryUsage.rss() / 1e6), ...(extra === undefined ? {} : { extra }) };
}

/** Prints the result and ends the program. */
export function report(measured: Measured): void {
  process.stdout.write(`\n${JSON.stringify(measured)}\n`);
  process.exit(0);
}
