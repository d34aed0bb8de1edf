/**
 * The arguments that a body is called with: the call's, and the context last where the body asks for one.
 */
import { contextOf } from '../context/run-context.ts';
import type { Definition } from '../define/definition.ts';
import type { Frame } from './model.ts';

export function argumentsFor(
  { contextPosition: position }: Pick<Definition, 'contextPosition'>,
  args: readonly unknown[],
  frame: Frame,
): readonly unknown[] {
  if (position < 0 || args.length > position) return args;
  const filled = [...args];
  while (filled.length < position) filled.push(undefined);
  filled.push(contextOf(frame));
  return filled;
}
