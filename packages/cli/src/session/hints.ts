/** What a person may want to know while runs are under way: how a paused one goes on, and how to end one that doesn't listen. */
import { setTimeout as wait } from 'node:timers/promises';
import { StateType } from '@millrace/kernel';
import type { Channel } from '../output/terminal.ts';
import { oneLine } from '../output/text-width.ts';
import type { OutermostRun } from './run-session.ts';

const lookMs = 250;
/** Who listens has ended by then. */
const patienceMs = 700;

/** Says of each pause of a run what resumes it; resolves when the run has settled. */
export async function tellPauses(err: Channel, run: OutermostRun, command: string): Promise<void> {
  let told: string | null = null;
  while (run.settlement === 'pending' && !run.isHandedOver) {
    const { type, details } = run.state;
    const key = type === StateType.Paused ? (details?.pauseKey ?? null) : null;
    if (key !== null && key !== told)
      err.write(
        `Flow run '${oneLine(run.name)}' is paused for '${oneLine(key)}': ${command} flow-run resume ${run.id} --input VALUE\n`,
      );
    told = key;
    await wait(lookMs, undefined, { ref: false });
  }
}

/** Says, a moment after Ctrl-C, what a second one does. */
export function noteSlowStop(err: Channel): { remove(): void } {
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
