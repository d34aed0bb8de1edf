/** The parts that the seed's programs share: a flow that sleeps and prints, and how long it sleeps. */
import { setTimeout as wait } from 'node:timers/promises';
import { flow } from 'millrace';

/** Five seconds, as in the report that Millrace began with; tests may shorten it. */
const sleepMs = Number(process.env.SEED_SLEEP_MS ?? 5_000);

/** Sleeps and prints its number. */
export const processItem = flow('process', async (x: number) => {
  await wait(sleepMs);
  console.log(x);
  return x;
});
