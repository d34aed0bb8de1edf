/** Stack frames as people want them: which of them is the user's own code, where that is, and what stands there. */
import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ownPackageFolder } from '../environment/own-package.ts';
import { oneLine } from './text-width.ts';

const place = /^(.*?)\(?((?:file:\/\/|\/|[A-Za-z]:\\)[^()]*?):(\d+):(\d+)\)?$/;
/** Sister packages lie beside this one: in the repository, and where npm installs them. */
const ownRoot = dirname(ownPackageFolder);
const ownPackages = ['kernel', 'store', 'ledger', 'engine', 'views', 'local', 'cli', 'testing', 'millrace'].map(
  (name) => join(ownRoot, name, sep),
);

/** The frames of a stack, as text after `at`. */
export function framesOf(stack: string | undefined): readonly string[] {
  return (stack ?? '').split('\n').flatMap((line) => /^\s*at (.*)$/.exec(line)?.[1] ?? []);
}

/** The frame of the user's code nearest to where the error was made; undefined when the stack has none. */
export function userFrame(stack: string | undefined): string | undefined {
  return framesOf(stack).find((frame) => {
    const file = fileOf(frame);
    return file !== undefined && !file.includes(`${sep}node_modules${sep}`) && !isOwn(file);
  });
}

/** Whether the frame is of this library or of Node's inside. */
export function isInside(frame: string): boolean {
  const file = fileOf(frame);
  return file === undefined || isOwn(file);
}

/** A frame with its path relative to the working directory, and the line of code there where it can be read. */
export function describeFrame(frame: string): { readonly text: string; readonly code: string | null } {
  const path = fileOf(frame);
  const [, called = '', , line = '', column = ''] = place.exec(frame) ?? [];
  if (path === undefined) return { text: oneLine(frame), code: null };
  const shown = relative(process.cwd(), path);
  // Bodies are called as a property of their definition; that name tells nobody anything.
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
  const file = place.exec(frame)?.[2];
  if (file === undefined || frame.includes('node:')) return undefined;
  // A loader may have put a query behind the path.
  const bare = file.replace(/\?[^/]*$/, '');
  return bare.startsWith('file://') ? fileURLToPath(bare) : bare;
}

function isOwn(file: string): boolean {
  return ownPackages.some((folder) => file.startsWith(folder));
}

/** Larger files are no source that a person wrote. */
const SOURCE_BYTES_MAX = 2_000_000;
const sourceEnding = /\.[cm]?[jt]sx?$/;

const roots = new Set<string>();

/** Lines of code may be read from the project of this file too; that of the working directory is one anyway. */
export function allowSourcesBeside(file: string): void {
  roots.add(projectOf(dirname(file)));
}

/** The nearest folder with a package.json, or the folder itself. */
function projectOf(folder: string): string {
  for (let at = folder; at !== dirname(at); at = dirname(at)) if (existsSync(join(at, 'package.json'))) return at;
  return folder;
}

/**
 * Whether a path that a recorded stack names may be read: a stack is data that came with the record, and may name a device, a
 * secret or a link to one.
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
    // The source may be gone or packed; the place says enough.
    return null;
  }
}
