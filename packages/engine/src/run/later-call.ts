/**
 * Where a call is among its equals that is named only later: looked at where it is made, because inputs and permits may come in
 * another order. For calls with futures among their arguments, for flows (whose input a schema may transform), for maps.
 */
import type { Definition } from '../define/definition.ts';
import type { CallPlace, Frame, Run } from './model.ts';
import { turnIn } from './call-key.ts';
import { threadHere } from './thread.ts';

/** Of one call that waits for its inputs, or of one of a map. */
export function placeLater(run: Run): void {
  const { caller, at, element } = run;
  if (caller === null) return;
  const thread = at?.thread ?? threadHere(caller);
  const turn = at?.turn ?? turnIn(caller, run.definition, thread);
  run.at = { thread, turn: element < 0 ? turn : `${turn}:${element}` };
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
    run.at = at;
    run.element = index;
  }
}
