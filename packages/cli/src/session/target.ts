/** Parses `FILE[:flow]`, as written on the command line. */
import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { UsageError } from '../arguments/usage-error.ts';

export interface Target {
  /** Absolute. */
  readonly file: string;
  /** As written on the command line, for messages and for commands to try next. */
  readonly shownFile: string;
  /** null = not given. */
  readonly flow: string | null;
}

/**
 * Parses a target. If a file with a colon in its name exists, the text is taken as that name.
 *
 * @throws UsageError if there is no such file, or if it is a folder
 */
export function parseTarget(text: string): Target {
  if (existsSync(text) && statSync(text).isDirectory())
    throw new UsageError(`'${text}' is a folder: give the file that defines the flow.`, { file: text });
  if (existsSync(text)) return { file: resolve(text), shownFile: text, flow: null };
  const at = text.lastIndexOf(':');
  const [file, flow] = at > 1 ? [text.slice(0, at), text.slice(at + 1)] : [text, null];
  if (!existsSync(file)) throw new UsageError(`There is no file '${file}'.`, { file });
  if (flow === '') throw new UsageError(`No flow is named after the colon in '${text}'.`);
  return { file: resolve(file), shownFile: file, flow };
}
