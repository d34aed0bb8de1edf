/**
 * Law 3, with real processes: `kill -9` at random moments of a 40-task interleaved flow whose order is shuffled at each
 * start, until it ends. The result is right, and no task that was recorded as completed ran again.
 *
 * `MILLRACE_CRASH_ROUNDS=200` runs the full number on each store.
 */
import pg from 'pg';
import { describe, expect, inject, test } from 'vitest';
import { crashRound, RIGHT_RESULT } from './crash-round.ts';

const rounds = Number(process.env.MILLRACE_CRASH_ROUNDS ?? 6);
const limitMs = 30_000 + rounds * 10_000;

async function expectRounds(urlOf: (seed: number) => Promise<string>): Promise<void> {
  let kills = 0;
  for (let round = 0; round < rounds; round += 1) {
    const seed = Number(process.env.MILLRACE_CRASH_SEED ?? 1) + round;
    const report = await crashRound(seed, await urlOf(seed));
    kills += report.kills;
    expect(report, `seed ${seed}`).toMatchObject({ repeated: [], result: RIGHT_RESULT, unfinished: 0 });
  }
  expect(kills).toBeGreaterThan(0);
}

describe('crash', () => {
  test('on SQLite nothing recorded runs again', () => expectRounds(async () => ''), limitMs);

  test.skipIf(inject('postgresUrl') === '')(
    'on Postgres nothing recorded runs again',
    async () => {
      const url = inject('postgresUrl');
      const client = new pg.Client(url);
      await client.connect();
      const schema = 'millrace_crash_test';
      try {
        await expectRounds(async () => {
          await client.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
          return `${url}?schema=${schema}`;
        });
      } finally {
        await client.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
        await client.end();
      }
    },
    limitMs,
  );
});
