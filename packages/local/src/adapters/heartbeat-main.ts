/**
 * The program of the heartbeat's thread: extends one session's lease until it is terminated.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { workerData } from 'node:worker_threads';
import { lookAtStore, openStore } from '@millrace/store';
import { endWhenStuck } from './stuck-signals.ts';

const { databaseUrl, sessionId, everyMs, ttlMs, graceMs } = workerData as {
  readonly databaseUrl: string;
  readonly sessionId: string;
  readonly everyMs: number;
  readonly ttlMs: number;
  readonly graceMs: number;
};

const triesMax = 5;

endWhenStuck(graceMs);

/** A failure to open the database ends the thread: the main loop then does its work. */
void beat();

async function beat(): Promise<void> {
  // The first beat is due after the first interval: most programs have ended by then and never pay for the connection.
  await wait(everyMs);
  // Opening would create a deleted database file again. The main loop notices the deletion and fails the runs.
  if (!(await isStillThere())) return;
  const store = await openStore({ url: databaseUrl, durability: 'process' });
  for (;;) {
    await store.write((transaction) => transaction.sessions.extend(sessionId, ttlMs)).catch(() => false);
    await wait(everyMs);
  }
}

/** A server that can't be reached at this moment is asked again, as long as a few beats may be missed. */
async function isStillThere(): Promise<boolean> {
  for (let tries = 1; ; tries += 1) {
    try {
      return (await lookAtStore(databaseUrl)) === 'ready';
    } catch (error) {
      if (tries === triesMax) throw error;
    }
    await wait(everyMs / triesMax);
  }
}
