/**
 * The arguments that a body is called with: the call's, and the context last where the body asks for one.
 */
import { contextOf } from './run-context.ts';
import type { Definition } from '../definitions/definition.ts';
import type { Frame } from '../runs/model.ts';

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
