/**
 * Law 3 under fire: kill -9 at random moments of a 40-task flow whose call order is another one at each start. Eight rounds
 * a store here; `npm run crash` has 200. Each run draws new seeds; a failure names its own, and CRASH_SEED=n repeats it.
 */
import { describe, inject, test } from 'vitest';
import { dialects } from '../processes/place.ts';
import { crashRound } from './crash-round.ts';

const roundCount = Number(process.env['MILLRACE_TEST_CRASH_ROUNDS'] ?? 8);
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
        const report = await crashRound(seed, dialect, postgresUrl);
        lines.push(`seed ${seed}: ${report.killCount} kills, ${report.executionCount} executions of 40 tasks`);
      }
      console.log(`${dialect}:\n${lines.join('\n')}`);
    },
  );
});
