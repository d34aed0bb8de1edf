/** The line of the user's source that a stack frame points at. */
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { oneLine } from '../output/text-width.ts';

const place = /^(.*?)\(?((?:file:\/\/|\/|[A-Za-z]:\\)[^()]*?):(\d+):(\d+)\)?$/;

/** A frame with its path relative to the working directory, and the line of code there where it can be read. */
export function describeFrame(frame: string): { readonly text: string; readonly code: string | null } {
  const [, called = '', file = '', line = '', column = ''] = place.exec(frame) ?? [];
  if (file === '') return { text: frame, code: null };
  const path = pathOf(file);
  const shown = relative(process.cwd(), path);
  const name = called.trim().replace(/^async /, '');
  const text = `${shown.startsWith('..') || shown === '' ? path : shown}:${line}:${column}${name === '' ? '' : ` in ${name}`}`;
  return { text, code: codeAt(path, Number(line)) };
}

/** A loader may have put a query behind the path. */
function pathOf(file: string): string {
  const bare = file.replace(/\?[^/]*$/, '');
  return bare.startsWith('file://') ? fileURLToPath(bare) : bare;
}

function codeAt(path: string, line: number): string | null {
  try {
    const text = readFileSync(path, 'utf8').split('\n')[line - 1];
    return text === undefined || text.trim() === '' ? null : oneLine(text);
  } catch {
    // The source may be gone or packed; the place says enough.
    return null;
  }
}
