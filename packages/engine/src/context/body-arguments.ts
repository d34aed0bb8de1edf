/**
 * The arguments that a body is called with: those of the call, and the context last if the body declares it.
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
