/** Recorded values as text for people: short, with class names, without characters that move the cursor. */
import { inspect } from 'node:util';
import { decodeValue, isMillraceError, printableDepth } from '@millrace/kernel';
import { cutTo, manyLines, oneLine } from './text-width.ts';

/** A value on one line of at most `width` cells. */
export function valueLine(value: unknown, width = 100): string {
  return cutTo(
    oneLine(
      inspect(value, {
        depth: printableDepth(value, 3),
        breakLength: Number.POSITIVE_INFINITY,
        maxArrayLength: 10,
        maxStringLength: 200,
      }),
    ),
    width,
  );
}

/** A value on several lines, with a bound on depth and length. */
export function valueBlock(value: unknown): string {
  return manyLines(
    inspect(value, { depth: printableDepth(value, 6), breakLength: 100, maxArrayLength: 50, maxStringLength: 4_000 }),
  );
}

/** A stored value as text, or the reason why it can't be read. */
export function storedValue(text: string, show: (value: unknown) => string): string {
  try {
    return show(decodeValue(text));
  } catch (error) {
    if (isMillraceError(error)) return manyLines(error.message);
    throw error;
  }
}
