/**
 * The position of a call among equal calls, taken when the call is made, because its key is made later: its arguments have futures, a
 * flow's schema transforms its input, or it is one of a map. Inputs and permits may come in another order.
 */
import type { Definition } from '../definitions/definition.ts';
import type { CallPosition, Frame, Run } from './model.ts';
import { type TaskRunKind, UNKNOWN_THREAD } from '@millrace/kernel';
import { threadHere, threadOfAwaiter } from './thread.ts';

/** Takes the position of one call that waits for its inputs, or of one of a map; looks again if its thread can't be seen yet. */
export async function locateSeen(run: Run): Promise<void> {
  locateLater(run);
  if (run.at?.thread !== UNKNOWN_THREAD || run.element >= 0) return;
  await lookAgain(run);
  locateLater(run);
}

function locateLater(run: Run): void {
  const { caller, at, element } = run;
  if (caller === null) return;
  const thread = at?.thread ?? threadHere(caller);
  const turn = at?.turn ?? turnIn(caller, run.definition, thread);
  run.locate({ thread, turn: element < 0 ? turn : `${turn}:${element}` });
}

/** The position of a map: one look for all its calls. */
export function positionOfMap(frame: Frame, definition: Definition, thread: string = threadHere(frame)): CallPosition {
  return { thread, turn: turnIn(frame, definition, thread) };
}

/** Sets the position and the index of each call of a map. */
export function locateMap(runs: readonly Run[]): void {
  const [first] = runs;
  if (first?.caller == null) return;
  const at = first.at?.turn === undefined ? positionOfMap(first.caller, first.definition, first.at?.thread) : first.at;
  for (const [index, run] of runs.entries()) {
    run.locateInMap(at, index);
  }
}

/** Microtasks until the promise of an async function leads to the code that awaits it, through several functions. */
const TURNS = 8;

/**
 * Looks at the thread of a call again from the code that awaits it. `return helper()` links the promise of the helper to that of its
 * caller some microtasks after it returns; a helper that continues before that seems to be awaited by nothing.
 */
export function lookAgain(run: Run): Promise<void> {
  return new Promise((resolve) => {
    run.lookAgain(look(run, resolve));
  });
}

/** Only code that awaits the call may await this, because a promise with two awaiting functions shows no stack. */
async function look(run: Run, looked: () => void): Promise<void> {
  for (let turn = 0; turn < TURNS; turn += 1) await null;
  run.locate({ thread: run.caller === null ? '' : threadOfAwaiter(run.caller) });
  run.lookAgain(null);
  looked();
}

/** The kind of a call and the name of its definition. */
interface CalledName {
  readonly kind: TaskRunKind | 'flow';
  readonly name: string;
}

/** The number of a call whose inputs come later among the calls of its thread, counted where it is made. */
function turnIn(frame: Frame, called: CalledName, thread: string): string {
  return `+${frame.calls.next(`+${thread}\n${nameInKey(called)}`)}`;
}

const prefixed = /^(?:task|step|sleep|signal|pause|flow):/;

/** Includes the kind, because calls of one name and different kinds differ. A task has no prefix unless its name starts with one. */
export function nameInKey({ kind, name }: CalledName): string {
  return kind === 'task' && !prefixed.test(name) ? name : `${kind}:${name}`;
}
