/**
 * What a call is recorded under, so that a resumed run finds it again: parent, task, input hash, occurrence among equals.
 */

/** What tells a call from all others of its flow run. */
export interface CallIdentity {
  /** The body that makes the call: '' = the flow's own. */
  readonly parentScope: string;
  /**
   * The task's name, and nothing of its code: a changed body, a moved file or a new option must find what was recorded. Two
   * tasks of one name are told apart by their inputs and order alone, so a flow's tasks should have names of their own.
   */
  readonly taskKey: string;
  /** undefined = the arguments can't be hashed: the call is told by its order alone. */
  readonly inputHash: string | undefined;
  /** 0 for the first of equal calls. */
  readonly occurrence: number;
}

/**
 * The key of a call, different for different calls whatever characters their names hold.
 *
 * @returns `scope/task#hash.0`, or `scope/task@0` without a hash; no scope, no slash
 *
 * @example
 * replayKey({ parentScope: '', taskKey: 'fetch', inputHash: 'k3Jx', occurrence: 0 }); // 'fetch#k3Jx.0'
 */
export function replayKey(call: CallIdentity): string {
  const scope = call.parentScope === '' ? '' : `${call.parentScope}/`;
  const task = escaped(call.taskKey);
  return call.inputHash === undefined
    ? `${scope}${task}@${call.occurrence}`
    : `${scope}${task}#${escaped(call.inputHash)}.${call.occurrence}`;
}

const separators = /[%/#@]/g;

/** Without separators, the last `/` ends the scope and the first `#` or `@` after it ends the name. */
function escaped(text: string): string {
  return text.search(separators) < 0
    ? text
    : text.replace(separators, (character) => `%${character.charCodeAt(0).toString(16)}`);
}
