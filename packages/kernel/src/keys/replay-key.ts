/**
 * The key under which a call is recorded and found again by a resumed run: parent, task, key, input hash, thread, occurrence among equal
 * calls.
 */

/** The parts that equal calls have in common. */
export interface CallGroup {
  /** The body that makes the call: '' = the flow's own. */
  readonly parentScope: string;
  /**
   * The task's name, and nothing of its code: a changed body, a moved file or a new option must find what was recorded. Two
   * tasks of one name are told apart by their inputs and order alone, so a flow's tasks should have names of their own.
   */
  readonly taskKey: string;
  /** The user's own key of the call; undefined = none. */
  readonly key: string | undefined;
  /** undefined = the call has no arguments. */
  readonly inputHash: string | undefined;
}

/** The position of a call among its equals. */
export interface CallPosition {
  /**
   * The logical thread that the call is on: '' = the body's main line, the indexes of the combinators that it is awaited through
   * from the inside out (`1,0`), or UNKNOWN_THREAD.
   */
  readonly thread: string;
  /** 0 for the first of its thread. */
  readonly occurrence: number;
}

/** The thread of a call that is awaited by nothing that leads to the body: a timer's, an event's, a queue's. */
export const UNKNOWN_THREAD = '?';

/**
 * The beginning of the keys of equal calls, different for different calls whatever characters their names hold.
 *
 * @returns `scope/task!key#hash`; without a scope, key or hash those parts are left out
 *
 * @example
 * groupKey({ parentScope: '', taskKey: 'fetch', key: undefined, inputHash: 'k3Jx' }); // 'fetch#k3Jx'
 */
export function groupKey({ parentScope, taskKey, key, inputHash }: CallGroup): string {
  const scope = parentScope === '' ? '' : `${parentScope}/`;
  const keyText = key === undefined ? '' : `!${escaped(key)}`;
  return `${scope}${escaped(taskKey)}${keyText}${inputHash === undefined ? '@' : `#${escaped(inputHash)}`}`;
}

/**
 * The key of one of the calls of a group.
 *
 * @returns `group.0` on the main line, `group~1,0.0` elsewhere
 *
 * @example
 * replayKey('fetch#k3Jx', { thread: '', occurrence: 0 }); // 'fetch#k3Jx.0'
 */
export function replayKey(group: string, { thread, occurrence }: CallPosition): string {
  return thread === '' ? `${group}.${occurrence}` : `${group}~${thread}.${occurrence}`;
}

/** The group and the thread of a replay key; undefined for one that has no occurrence. */
export function partsOfReplayKey(key: string): { readonly group: string; readonly thread: string } | undefined {
  const found = endOfKey.exec(key);
  return found === null ? undefined : { group: key.slice(0, found.index), thread: found[1] ?? '' };
}

const endOfKey = /(?:~([^~.]*))?\.\d+$/;

const separators = /[%/#@!~]/g;

/** Without separators, the last `/` ends the scope, and the parts after it are known by their first characters. */
function escaped(text: string): string {
  return text.search(separators) < 0
    ? text
    : text.replace(separators, (character) => `%${character.charCodeAt(0).toString(16)}`);
}
