/**
 * The program of the heartbeat's thread: extends one session's lease until it is terminated.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { workerData } from 'node:worker_threads';
import { openStore } from '@millrace/store';
import { endWhenStuck } from './stuck-signals.ts';

const { databaseUrl, sessionId, everyMs, ttlMs, graceMs } = workerData as {
  readonly databaseUrl: string;
  readonly sessionId: string;
  readonly everyMs: number;
  readonly ttlMs: number;
  readonly graceMs: number;
};

endWhenStuck(graceMs);

/** A failure to open the database ends the thread: the main loop then does its work. */
void beat();

async function beat(): Promise<never> {
  // The first beat is due after the first interval: most programs have ended by then and never pay for the connection.
  await wait(everyMs);
  const store = await openStore({ url: databaseUrl, durability: 'process' });
  for (;;) {
    await store.write((transaction) => transaction.sessions.extend(sessionId, ttlMs)).catch(() => false);
    await wait(everyMs);
  }
}
