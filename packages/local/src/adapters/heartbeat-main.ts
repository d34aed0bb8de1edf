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

/** A failure to open the database ends the thread; the main loop then extends the lease. */
void beat();

async function beat(): Promise<void> {
  // The first extension is due after the first interval. Most programs have ended by then and never open the connection.
  await wait(everyMs);
  // Opening would create a database that was deleted meanwhile. The main loop notices the deletion and ends the runs.
  if (!(await isStillThere())) return;
  const store = await openStore({ url: databaseUrl, durability: 'process' });
  for (;;) {
    await store.write((transaction) => transaction.sessions.extend(sessionId, ttlMs)).catch(() => false);
    await wait(everyMs);
  }
}

/** Tries again while a server is unreachable, because the lease survives a few missed extensions. */
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
