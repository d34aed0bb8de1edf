/** The bodies of test programs: they leave a line before and a line after, in the file that the environment names. */
import { setTimeout as wait } from 'node:timers/promises';
import { context } from 'millrace';
import { Effects } from './effects.ts';

const effects = new Effects(process.env['EFFECTS_FILE'] ?? '');

/** Begins, takes so long, ends, and gives the value. */
export async function act<T>(what: string, value: T, ms: number): Promise<T> {
  const runId = context().taskRun?.id ?? '';
  effects.append({ moment: 'begin', pid: process.pid, what, runId });
  if (ms > 0) await wait(ms);
  effects.append({ moment: 'end', pid: process.pid, what, runId });
  return value;
}

/** As `act`, where no run's code is: in a hook. */
export function note(what: string, runId: string): void {
  for (const moment of ['begin', 'end'] as const) effects.append({ moment, pid: process.pid, what, runId });
}
