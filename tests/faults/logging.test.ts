/** F41: kill -9 in the middle of logging loses at most the last second of lines; what is there is in order and without a gap. */
import { join } from 'node:path';
import { expect } from 'vitest';
import { Program } from '../processes/program.ts';
import { onEachStore } from './on-each-store.ts';

onEachStore('lines of log survive a kill, in order, up to the last second', async (sandbox) => {
  const logging = join(import.meta.dirname, 'programs/logging.ts');
  await using program = new Program(sandbox, logging, { env: { MILLRACE_LOG_LEVEL: 'info' } });
  await program.printed('logged 200 ');
  program.kill('SIGKILL');
  const { stdout } = await program.ended;
  const times = [...stdout.matchAll(/logged \d+ at (\d+)\./g)].map((match) => Number(match[1]));
  const [run] = (await sandbox.remains()).flowRuns;
  const lines = await sandbox.reading((store) =>
    store.read((transaction) => transaction.logs.list({ flowRunId: run?.id ?? '', limit: 10_000 })),
  );
  expect(lines.map(({ message }) => message)).toEqual(lines.map((_, n) => `line ${n}`));
  const killedAt = times.at(-1) ?? 0;
  const dueBy = times.filter((at) => at < killedAt - 1_000).length;
  expect(lines.length).toBeGreaterThanOrEqual(Math.max(1, dueBy));
  // In truth they go out with the next commit: moments.
  expect(lines.length).toBeGreaterThan(times.length / 2);
});
