/**
 * `npm run crash`: 200 rounds of kill -9 at random moments on each store, then one kill at each moment of each commit of a
 * 20-task flow. `--rounds N`, `--seed N` (the first one), `--store sqlite|postgres`, `--no-journal`; `--signal SIGTERM` stops in place of
 * killing, and leaves the kills at commits out.
 * PostgreSQL is the server of MILLRACE_TEST_POSTGRES_URL, by default the one on this machine; it is left out, with the
 * reason, when none answers.
 */
import { parseArgs } from 'node:util';
import pg from 'pg';
import { type DialectName, dialects } from '../processes/sandbox.ts';
import { crashRound } from './crash-round.ts';
import { killAtCommits } from './journal-kill.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    store: { type: 'string' },
    signal: { type: 'string', default: 'SIGKILL' },
    journal: { type: 'boolean', default: true },
  },
  allowNegative: true,
});
const signal = values.signal === 'SIGTERM' ? 'SIGTERM' : 'SIGKILL';
const postgresUrl = process.env['MILLRACE_TEST_POSTGRES_URL'] ?? 'postgres://postgres@127.0.0.1:5432/postgres';

for (const dialect of dialects) {
  if (values.store !== undefined && values.store !== dialect) continue;
  const problem = dialect === 'postgres' ? await problemOf(postgresUrl) : undefined;
  if (problem === undefined) {
    await rounds(dialect);
    if (values.journal && signal === 'SIGKILL') await journal(dialect);
  } else console.log(`postgres: left out, as the server does not answer (${problem})`);
}

async function rounds(dialect: DialectName): Promise<void> {
  const first = Number(values.seed);
  const count = Number(values.rounds);
  let killCount = 0;
  let executionCount = 0;
  let failedCount = 0;
  for (let seed = first; seed < first + count; seed += 1) {
    try {
      const report = await crashRound(seed, { dialect, postgresUrl, signal });
      killCount += report.killCount;
      executionCount += report.executionCount;
      console.log(
        `${dialect} seed ${seed}: ${report.killCount} times ${signal}, ${report.executionCount} executions of 40 tasks`,
      );
    } catch (error) {
      failedCount += 1;
      process.exitCode = 1;
      console.error(error instanceof Error ? error.message : error);
    }
  }
  console.log(
    `${dialect}: ${count} rounds, ${killCount} times ${signal}, ${executionCount} executions, ${failedCount} failed`,
  );
}

async function journal(dialect: DialectName): Promise<void> {
  try {
    const killed = await killAtCommits({ dialect, postgresUrl, everyMoment: true, stride: 1 });
    console.log(`${dialect}: ${killed} processes killed at a commit of a 20-task flow, 0 failed`);
  } catch (error) {
    process.exitCode = 1;
    console.error(error instanceof Error ? error.message : error);
  }
}

async function problemOf(url: string): Promise<string | undefined> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  try {
    await client.connect();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message || error.name : String(error);
  } finally {
    await client.end().catch(() => undefined);
  }
}
