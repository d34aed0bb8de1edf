/**
 * Law 3 under fire: kill -9 at random moments of a 40-task flow whose call order is another one at each start. Eight rounds
 * a store here, and five of SIGTERM, which loses nothing at all; `npm run crash` has 200. Each run draws new seeds; a failure names its own, and CRASH_SEED=n repeats it.
 */
import { describe, inject, test } from 'vitest';
import { dialects } from '../processes/sandbox.ts';
import { crashRound } from './crash-round.ts';

const roundCount = Number(process.env['MILLRACE_TEST_CRASH_ROUNDS'] ?? 8);
/** Of those that are stopped in place of killed. */
const stopCount = Math.min(roundCount, 5);
const given = process.env['CRASH_SEED'];
const firstSeed = given === undefined ? Math.floor(Math.random() * 1_000_000) : Number(given);
const postgresUrl = inject('postgresUrl');

describe('kill -9 at random moments', () => {
  test.for(dialects)(
    `%s: what is recorded as completed never runs again, and the result is right (seeds from ${firstSeed})`,
    { timeout: 30_000 + roundCount * 15_000 },
    async (dialect, { skip }) => {
      if (dialect === 'postgres' && postgresUrl === '') skip('no PostgreSQL server answers');
      const count = given === undefined ? roundCount : 1;
      const lines: string[] = [];
      for (let seed = firstSeed; seed < firstSeed + count; seed += 1) {
        const report = await crashRound(seed, { dialect, postgresUrl, signal: 'SIGKILL' });
        lines.push(`seed ${seed}: ${report.killCount} kills, ${report.executionCount} executions of 40 tasks`);
      }
      console.log(`${dialect}:\n${lines.join('\n')}`);
    },
  );
});

describe('SIGTERM at random moments', () => {
  test.for(dialects)(
    `%s: nothing is lost, nothing runs twice, and no crash is counted (seeds from ${firstSeed})`,
    { timeout: 30_000 + stopCount * 15_000 },
    async (dialect, { skip }) => {
      if (dialect === 'postgres' && postgresUrl === '') skip('no PostgreSQL server answers');
      const count = given === undefined ? stopCount : 1;
      for (let seed = firstSeed; seed < firstSeed + count; seed += 1)
        await crashRound(seed, { dialect, postgresUrl, signal: 'SIGTERM' });
    },
  );
});
