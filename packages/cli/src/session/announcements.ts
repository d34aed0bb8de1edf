/** Messages during a run: the command that resumes a paused run, and the way to end one that does not stop. */
import { setTimeout as wait } from 'node:timers/promises';
import { StateType } from '@millrace/kernel';
import type { Channel } from '../output/terminal.ts';
import { oneLine } from '../output/text-width.ts';
import type { OutermostRun } from './run-session.ts';

const lookMs = 250;
/** Runs that handle their abort signal have usually ended by then. */
const patienceMs = 700;

/** Writes for each pause of a run the command that resumes it; resolves when the run has settled. */
export async function announcePauses(err: Channel, run: OutermostRun, command: string): Promise<void> {
  let announced: string | null = null;
  while (run.settlement === 'pending' && !run.isHandedOver) {
    const { type, details } = run.state;
    const key = type === StateType.Paused ? (details?.pauseKey ?? null) : null;
    if (key !== null && key !== announced)
      err.write(
        `Flow run '${oneLine(run.name)}' is paused for '${oneLine(key)}': ${command} flow-run resume ${run.id} --input VALUE\n`,
      );
    announced = key;
    await wait(lookMs, undefined, { ref: false });
  }
}

/** Writes, a moment after Ctrl-C, the effect of a second one. */
export function announceSlowStop(err: Channel): { remove(): void } {
  let timer: NodeJS.Timeout | undefined;
  const onSignal = (): void => {
    timer ??= setTimeout(
      () => err.write('Waiting for the runs to end. Ctrl-C again ends at once.\n'),
      patienceMs,
    ).unref();
  };
  process.on('SIGINT', onSignal);
  return {
    remove: () => {
      process.off('SIGINT', onSignal);
      clearTimeout(timer);
    },
  };
}
