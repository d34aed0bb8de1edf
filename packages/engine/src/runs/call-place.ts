/**
 * Where a call is among its equals that is named only later: looked at where it is made, because inputs and permits may come in
 * another order. For calls with futures among their arguments, for flows (whose input a schema may transform), for maps.
 */
import type { Definition } from '../definitions/definition.ts';
import type { CallPlace, Frame, Run } from './model.ts';
import { type TaskRunKind, UNKNOWN_THREAD } from '@millrace/kernel';
import { threadHere, threadOfAwaiter } from './thread.ts';

/** Of one call that waits for its inputs, or of one of a map; after another look where its thread can't be seen yet. */
export async function placeSeen(run: Run): Promise<void> {
  placeLater(run);
  if (run.at?.thread !== UNKNOWN_THREAD || run.element >= 0) return;
  await lookAgain(run);
  placeLater(run);
}

function placeLater(run: Run): void {
  const { caller, at, element } = run;
  if (caller === null) return;
  const thread = at?.thread ?? threadHere(caller);
  const turn = at?.turn ?? turnIn(caller, run.definition, thread);
  run.locate({ thread, turn: element < 0 ? turn : `${turn}:${element}` });
}

/** Of a map: one look for all its calls. */
export function placeOfMap(frame: Frame, definition: Definition, thread: string = threadHere(frame)): CallPlace {
  return { thread, turn: turnIn(frame, definition, thread) };
}

/** Tells the calls of a map which of it they are. */
export function placeMap(runs: readonly Run[]): void {
  const [first] = runs;
  if (first?.caller == null) return;
  const at = first.at?.turn === undefined ? placeOfMap(first.caller, first.definition, first.at?.thread) : first.at;
  for (const [index, run] of runs.entries()) {
    run.locateInMap(at, index);
  }
}

/** Microtasks until a promise that an async function returned leads to the one who awaits it, for each of many functions. */
const TURNS = 8;

/**
 * Looks at the thread of a call again from the side of those who await it. `return helper()` links the helper's promise to its caller's
 * some microtasks later than it returns: a helper that goes on before that seems to be awaited by nothing.
 */
export function lookAgain(run: Run): Promise<void> {
  return new Promise((resolve) => {
    run.lookAgain(look(run, resolve));
  });
}

/** Only those who await the call may await this: a promise that two await shows no stack. */
async function look(run: Run, looked: () => void): Promise<void> {
  for (let turn = 0; turn < TURNS; turn += 1) await null;
  run.locate({ thread: run.caller === null ? '' : threadOfAwaiter(run.caller) });
  run.lookAgain(null);
  looked();
}

/** What a call is of: its kind and the name of its definition. */
interface CalledName {
  readonly kind: TaskRunKind | 'flow';
  readonly name: string;
}

/** For a call whose inputs come later: where it is among those of its thread, counted where it is made. */
function turnIn(frame: Frame, called: CalledName, thread: string): string {
  return `+${frame.calls.next(`+${thread}\n${nameInKey(called)}`)}`;
}

const prefixed = /^(?:task|step|sleep|signal|pause|flow):/;

/** Calls of one name and different kinds are different calls. A task goes without its kind, but for a name that has one. */
export function nameInKey({ kind, name }: CalledName): string {
  return kind === 'task' && !prefixed.test(name) ? name : `${kind}:${name}`;
}
