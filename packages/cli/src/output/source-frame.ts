/** Stack frames for people: the one of the user's own code, its location, and the line of code there. */
import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ownPackageFolder } from '../environment/own-package.ts';
import { oneLine } from './text-width.ts';

const framePattern = /^(.*?)\(?((?:file:\/\/|\/|[A-Za-z]:\\)[^()]*?):(\d+):(\d+)\)?$/;
/** The other packages lie beside this one, in the repository and as npm installs them. */
const ownRoot = dirname(ownPackageFolder);
const ownPackages = ['kernel', 'store', 'ledger', 'engine', 'views', 'local', 'cli', 'testing', 'millrace'].map(
  (name) => join(ownRoot, name, sep),
);

/** The frames of a stack: each line's text after `at`. */
export function framesOf(stack: string | undefined): readonly string[] {
  return (stack ?? '').split('\n').flatMap((line) => /^\s*at (.*)$/.exec(line)?.[1] ?? []);
}

/** The innermost frame of the user's code; undefined if the stack has none. */
export function userFrame(stack: string | undefined): string | undefined {
  return framesOf(stack).find((frame) => {
    const file = fileOf(frame);
    return file !== undefined && !file.includes(`${sep}node_modules${sep}`) && !isOwn(file);
  });
}

/** Whether the frame is inside this library or Node itself. */
export function isInside(frame: string): boolean {
  const file = fileOf(frame);
  return file === undefined || isOwn(file);
}

/** A frame with its path relative to the working directory, and its line of code if that can be read. */
export function describeFrame(frame: string): { readonly text: string; readonly code: string | null } {
  const path = fileOf(frame);
  const [, called = '', , line = '', column = ''] = framePattern.exec(frame) ?? [];
  if (path === undefined) return { text: oneLine(frame), code: null };
  const shown = relative(process.cwd(), path);
  // A body is called as a property of its definition, so V8 names it `body`.
  const name = called
    .trim()
    .replace(/^async /, '')
    .replace(/^(?:Object\.)?body$/, '');
  const text = oneLine(
    `${shown.startsWith('..') || shown === '' ? path : shown}:${line}:${column}${name === '' ? '' : ` in ${name}`}`,
  );
  return { text, code: codeAt(path, Number(line)) };
}

function fileOf(frame: string): string | undefined {
  const file = framePattern.exec(frame)?.[2];
  if (file === undefined || frame.includes('node:')) return undefined;
  // A loader may have appended a query to the path.
  const bare = file.replace(/\?[^/]*$/, '');
  return bare.startsWith('file://') ? fileURLToPath(bare) : bare;
}

function isOwn(file: string): boolean {
  return ownPackages.some((folder) => file.startsWith(folder));
}

/** Larger files are not hand-written sources. */
const SOURCE_BYTES_MAX = 2_000_000;
const sourceEnding = /\.[cm]?[jt]sx?$/;

const roots = new Set<string>();

/** Allows lines of code to be read from this file's project, beside the project of the working directory. */
export function allowSourcesBeside(file: string): void {
  roots.add(projectOf(dirname(file)));
}

/** The nearest folder with a package.json, or the folder itself. */
function projectOf(folder: string): string {
  for (let at = folder; at !== dirname(at); at = dirname(at)) if (existsSync(join(at, 'package.json'))) return at;
  return folder;
}

/**
 * Whether a path in a recorded stack may be read. A stack is data from the record and may name a device, a secret, or a link to one.
 */
function isSource(path: string): boolean {
  if (!sourceEnding.test(path)) return false;
  const real = realpathSync(path);
  if (!sourceEnding.test(real)) return false;
  const status = statSync(real);
  if (!status.isFile() || status.size > SOURCE_BYTES_MAX) return false;
  return [projectOf(process.cwd()), ...roots].some((root) => real.startsWith(join(realpathSync(root), sep)));
}

function codeAt(path: string, line: number): string | null {
  try {
    if (!isSource(path)) return null;
    const text = readFileSync(path, 'utf8').split('\n')[line - 1];
    return text === undefined || text.trim() === '' ? null : oneLine(text);
  } catch {
    // The source may have been deleted or bundled; the location alone is still useful.
    return null;
  }
}
