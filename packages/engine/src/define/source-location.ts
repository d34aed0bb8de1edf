/**
 * Where a task or flow was defined: the file that a worker thread or process imports to find it again.
 *
 * Places are as the engine of JavaScript has them, not as source maps show them: what is imported is what runs.
 */
import { getCallSites } from 'node:util';

export interface SourceLocation {
  /** A `file:` URL or a path. */
  readonly file: string;
  readonly line: number;
  /** The files that called the one above, nearest first: one of them, where that one only makes tasks for others. */
  readonly callers: readonly string[];
}

/** Ours, and some of theirs: a task may be made by a function of a function. A step asks with each call. */
const FRAMES_MAX = 12;
/** This package's folder, wherever in it this code lies: as a source, or bundled. */
const own = import.meta.url.replace(/(.*\/)(?:src|dist)\/.*$/, '$1');

/** The first place on the stack outside this package; null where the stack doesn't tell. */
export function callerOf(): SourceLocation | null {
  const places = getCallSites(FRAMES_MAX, { sourceMap: false }).filter(({ scriptName }) => isOfUser(scriptName));
  const [first] = places;
  if (first === undefined) return null;
  const files = new Set(places.map(({ scriptName }) => scriptName).filter((file) => !file.includes('/node_modules/')));
  files.delete(first.scriptName);
  return { file: first.scriptName, line: first.lineNumber, callers: [...files] };
}

function isOfUser(file: string): boolean {
  const isFile = file.startsWith('file:') || /^(\/|[A-Za-z]:\\)/.test(file);
  // What was given to `node --eval` is in no file.
  if (!isFile || /\[eval\d*\]$/.test(file)) return false;
  return !file.startsWith(own) && !`file://${file}`.startsWith(own);
}
