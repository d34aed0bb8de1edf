/** Checks the form of names, because people read them, search for them and type them. */
import { InvalidNameError } from '../errors/definition-errors.ts';

const NAME_LENGTH_MAX = 256;

/** Control characters, line and paragraph separators. */
const controls = /[\p{Cc}\p{Zl}\p{Zp}]/u;

/** As Prefect: these break its URLs and its filters. */
const refusedInFlows = /[/%&><]/;

/**
 * Checks a name: 1 to 256 characters that are not all blank, no control characters (line breaks included), no half of a
 * surrogate pair; for flows, none of `/ % & > <`.
 *
 * @param kind what it names: 'flow', 'task', 'tag', ...
 * @throws InvalidNameError saying what is wrong with it
 *
 * @example
 * assertName('flow', 'nightly import');
 */
export function assertName(kind: string, name: string): void {
  const problem = problemOf(kind, name);
  if (problem !== undefined)
    throw new InvalidNameError({ kind, name: typeof name === 'string' ? name : String(name), problem });
}

function problemOf(kind: string, name: unknown): string | undefined {
  if (typeof name !== 'string') return `is no text but ${name === null ? 'null' : typeof name}`;
  if (name.trim() === '') return 'is blank';
  if (name.length > NAME_LENGTH_MAX) return `has ${name.length} characters, more than ${NAME_LENGTH_MAX}`;
  if (controls.test(name)) return 'has a line break or another control character';
  if (!name.isWellFormed()) return 'has half of a surrogate pair';
  const refused = kind === 'flow' ? refusedInFlows.exec(name)?.[0] : undefined;
  return refused === undefined ? undefined : `has '${refused}', which no flow's name may have`;
}
