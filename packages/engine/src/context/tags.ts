/**
 * `tags`: every run started inside carries them too.
 */
import { namesIn } from '../define/names.ts';
import { runInFrame } from '../run/frame.ts';
import { requireFrame } from './run-context.ts';

/**
 * Gives tags to every task and flow run that the body starts.
 *
 * @param names one tag or several
 * @throws InvalidNameError for what can't be a tag; NotInRun outside any run
 * @example
 * await tags(['nightly', 'eu'], () => load.map(files));
 */
export function tags<T>(names: string | readonly string[], body: () => T): T {
  const frame = requireFrame('tags()');
  const list = namesIn('tag', names);
  const { engine, run, scope, flow, childScope, occurrences, logPrints, transaction, place } = frame;
  const all = [...new Set([...frame.tags, ...list])];
  return runInFrame(
    { engine, run, scope, flow, childScope, occurrences, logPrints, transaction, place, tags: all },
    body,
  );
}
