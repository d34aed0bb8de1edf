/**
 * F5: kill -9 at every commit of a flow of 20 tasks. On SQLite each commit is met by default, in turns before and after it; on
 * PostgreSQL every second one. MILLRACE_TEST_EVERY_COMMIT=1 (and `npm run crash`) meets each commit at each moment on both.
 */
import { describe, inject, test } from 'vitest';
import { dialects } from '../processes/sandbox.ts';
import { killAtCommits } from './journal-kill.ts';

const everyMoment = process.env['MILLRACE_TEST_EVERY_COMMIT'] === '1';
const postgresUrl = inject('postgresUrl');

describe('kill -9 at each journal write of a 20-task flow', () => {
  test.for(dialects)(
    '%s: the result is right, and only what was not recorded runs',
    { timeout: everyMoment ? 600_000 : 180_000 },
    async (dialect, { skip }) => {
      if (dialect === 'postgres' && postgresUrl === '') skip('no PostgreSQL server answers');
      const killed = await killAtCommits({ dialect, postgresUrl, everyMoment, stride: dialect === 'sqlite' ? 1 : 2 });
      console.log(`${dialect}: ${killed} processes killed at a commit`);
    },
  );
});
