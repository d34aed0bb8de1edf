/**
 * `tags`: adds tags to every run that is started inside its callback. A run has its own tags and those of the code that starts it; a run
 * that is taken up has its recorded tags.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { sharedByCopies } from '@millrace/kernel';
import type { Run } from '../runs/model.ts';
import { namesIn } from '../definitions/names.ts';
import { currentFrame, frameWithin, runInFrame } from '../runs/frame.ts';

/** The tags that code outside any run gives to the runs it starts. */
const outer = sharedByCopies('outer-tags', () => new AsyncLocalStorage<readonly string[]>());

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

function outerTags(): readonly string[] {
  return outer.getStore() ?? [];
}

function withOuterTags<T>(tags: readonly string[], body: () => T): T {
  return outer.run(tags, body);
}

export function tagsOf(run: Run): readonly string[] {
  const given = run.caller === null ? (run.record?.tags ?? outerTags()) : run.caller.tags;
  const own = run.definition.tags;
  if (given.length === 0) return own;
  return own.length === 0 ? given : [...new Set([...given, ...own])];
}
