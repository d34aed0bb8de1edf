/** Bodies that end their worker, or try to. */
import { setTimeout as wait } from 'node:timers/promises';
import { task } from 'millrace';

export const exits = task('exits', () => {
  process.exit(3);
});
export const strays = task('strays', async () => {
  void Promise.reject(new RangeError('a stray rejection'));
  await wait(60_000);
});
export const throwsLater = task('throws-later', async () => {
  setTimeout(() => {
    throw new RangeError('a late throw');
  });
  await wait(60_000);
});
export const throwsText = task('throws-text', () => {
  throw 'just text';
});
export const works = task('works', () => 'worked');
