/**
 * The source location of a definition: the file that a worker imports to find the definition again. By the location, a module that is
 * loaded again is distinguished from a second definition.
 *
 * Locations are those of the running script, not of a source map, because a worker imports the script.
 */
import { findSourceMap } from 'node:module';
import { fileURLToPath } from 'node:url';

/** One position in a script. */
interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export interface SourceLocation extends Position {
  /** Whether a worker can import the file: code given to `--eval` or typed at a prompt is in none. */
  readonly isModule: boolean;
  /** The files that called the one above, nearest first: one of them, where that one only makes tasks for others. */
  readonly callers: readonly string[];
  /** Every position from the definition up to its module's top level, as one string. */
  readonly spot: string;
  /** The script whose top level led to the definition, else the one that the definition is written in. */
  readonly script: Script;
  /** `direct`: written at a module's top level; `called`: in a function that a top level called; null: made later. */
  readonly top: 'direct' | 'called' | null;
}

/** One evaluated script. */
interface Script {
  /** The same for each of its copies: a path without a query. */
  readonly path: string;
  /** Distinguishes the copies: the name it was imported by, and a hash of its text. */
  readonly version: string;
  /** Whether Node's own loader of ES modules evaluated it, which happens once. */
  readonly isEvaluatedOnce: boolean;
}

type Site = NodeJS.CallSite;

/** A task may be made by a function of a function. */
const FRAMES_MAX = 12;

/**
 * The position of the call of `entry`; null where the stack doesn't show it.
 *
 * @param entry the function of this package that was called: its frame and those above it are left out, in a bundle too
 */
export function callerOf(entry: (...args: never[]) => unknown): SourceLocation | null {
  const sites = sitesBelow(entry).filter((site) => scriptOf(site) !== '');
  const [first] = sites.filter((site) => isOfUser(scriptOf(site)));
  if (first === undefined) return null;
  const chain = chainOf(sites.slice(sites.indexOf(first)));
  const last = chain.at(-1) ?? first;
  const top = isTopLevel(last) ? (chain.length === 1 ? 'direct' : 'called') : null;
  const file = scriptOf(first);
  return {
    ...positionOf(first),
    isModule: isFile(file),
    callers: callersOf(sites, file),
    spot: chain.map((site) => positionText(positionOf(site))).join('\n'),
    script: scriptAt(top === null ? first : last),
    top,
  };
}

/** `file:line`, as its author wrote it where a source map is known. */
export function shownPosition(location: SourceLocation | null): string {
  if (location === null) return 'a position that the stack does not show';
  const { file, line, column } = location;
  const origin = findSourceMap(file)?.findOrigin(line, column);
  if (origin !== undefined && 'fileName' in origin) return `${pathOf(origin.fileName)}:${origin.lineNumber}`;
  return `${pathOf(file)}:${line}`;
}

/** One name for a file, whether the stack had its path or its URL, and without the query of one that was loaded again. */
export function pathOf(file: string): string {
  if (!file.startsWith('file:')) return file.replace(/^REPL\d+$/, 'REPL');
  const [withoutQuery = file] = file.split(/[?#]/, 1);
  return fileURLToPath(withoutQuery);
}

function sitesBelow(entry: (...args: never[]) => unknown): readonly Site[] {
  const { prepareStackTrace, stackTraceLimit } = Error;
  const holder: { stack?: unknown } = {};
  try {
    Error.prepareStackTrace = (_, sites) => sites;
    Error.stackTraceLimit = FRAMES_MAX;
    Error.captureStackTrace(holder, entry);
    return Array.isArray(holder.stack) ? (holder.stack as Site[]) : [];
  } finally {
    // Restored exactly: undefined means that Node formats stacks itself.
    Error.prepareStackTrace = prepareStackTrace as NonNullable<typeof prepareStackTrace>;
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** From the definition up to its module's top level, or to the first frame of Node or of another package. */
function chainOf(sites: readonly Site[]): readonly Site[] {
  const chain: Site[] = [];
  const ownPackage = packageOf(scriptOf(sites[0] as Site));
  for (const site of sites) {
    const script = scriptOf(site);
    if (!isOfUser(script) || packageOf(script) !== ownPackage) break;
    chain.push(site);
    if (isTopLevel(site)) break;
  }
  return chain;
}

/** The folder of the installed package that it is in; '' for the program's own files. */
function packageOf(script: string): string {
  return /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(script)?.[1] ?? '';
}

/** The function around the frame's position is the whole script, or the wrapper that a loader puts around it. */
function isTopLevel(site: Site): boolean {
  return site.getEnclosingLineNumber() === 1 && (site.getEnclosingColumnNumber() ?? 0) <= 2;
}

function scriptAt(site: Site): Script {
  const script = scriptOf(site);
  return {
    path: pathOf(script),
    version: `${script}\n${site.getScriptHash()}`,
    isEvaluatedOnce: script.startsWith('file:') && site.getEnclosingColumnNumber() !== null,
  };
}

function callersOf(sites: readonly Site[], file: string): readonly string[] {
  const files = new Set(sites.filter((site) => !site.isAsync()).map(scriptOf));
  files.delete(file);
  return [...files].filter((caller) => isFile(caller) && !caller.includes('/node_modules/'));
}

function positionOf(site: Site): Position {
  return { file: scriptOf(site), line: site.getLineNumber() ?? 0, column: site.getColumnNumber() ?? 0 };
}

function positionText({ file, line, column }: Position): string {
  return `${pathOf(file)}:${line}:${column}`;
}

/** '' for built-in functions and for code that was evaluated from a string. */
function scriptOf(site: Site): string {
  return site.getFileName() ?? '';
}

function isOfUser(script: string): boolean {
  return !script.startsWith('node:');
}

function isFile(script: string): boolean {
  return /^(file:|\/|[A-Za-z]:\\)/.test(script) && !/\[(?:eval\d*|stdin)\]$/.test(script);
}
