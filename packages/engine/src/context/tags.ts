/**
 * `tags`: every run started inside carries them too.
 */
import { namesIn } from '../define/names.ts';
import { currentFrame, frameWithin, runInFrame } from '../run/frame.ts';
import { outerTags, withOuterTags } from '../run/run-tags.ts';

/**
 * Gives tags to every task and flow run that the body starts. Outside any run, too: around the call of a flow.
 *
 * @param names one tag or several
 * @throws InvalidNameError for what can't be a tag
 * @example
 * await tags(['nightly', 'eu'], () => load.map(files));
 */
export function tags<T>(names: string | readonly string[], body: () => T): T {
  const list = namesIn('tag', names);
  const frame = currentFrame();
  const all = [...new Set([...(frame === undefined ? outerTags() : frame.tags), ...list])];
  return frame === undefined ? withOuterTags(all, body) : runInFrame(frameWithin(frame, { tags: all }), body);
}
