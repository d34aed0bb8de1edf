/**
 * Loads the user's module as Node does, with type stripping for TypeScript. Syntax that Node can't strip is distinguished from errors
 * of the module's own code, so that the caller can try again under tsx before any of the code has run.
 */
import { createRequire } from 'node:module';
import { extname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { allowSourcesBeside } from '../output/source-frame.ts';
import { isOfParser } from './syntax-error-location.ts';

export type Loaded =
  | { readonly status: 'loaded'; readonly exports: Readonly<Record<string, unknown>> }
  /** Its code ran and threw. */
  | { readonly status: 'threw'; readonly error: unknown }
  /** Node can't load it; none of its code ran. */
  | { readonly status: 'unsupported'; readonly error: Error };

const typeStrippingCodes = new Set([
  'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX',
  'ERR_UNKNOWN_FILE_EXTENSION',
  'ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING',
  'ERR_UNSUPPORTED_DIR_IMPORT',
]);
const typescript = /\.[cm]?tsx?$/;

const isMissingExport = /does not provide an export named '([^']*)'/;

/**
 * Imports the file. Never rejects.
 *
 * @param options `isUnderTsx`: the process runs under tsx already
 */
export async function loadModule(file: string, { isUnderTsx }: { readonly isUnderTsx: boolean }): Promise<Loaded> {
  allowSourcesBeside(file);
  try {
    return { status: 'loaded', exports: (await import(pathToFileURL(file).href)) as Readonly<Record<string, unknown>> };
  } catch (error) {
    return !isUnderTsx && isBeyondNode(error, file) ? { status: 'unsupported', error } : { status: 'threw', error };
  }
}

function isBeyondNode(error: unknown, file: string): error is Error {
  if (!(error instanceof Error) || !typescript.test(file)) return false;
  const { code } = error as NodeJS.ErrnoException;
  if (code !== undefined && typeStrippingCodes.has(code)) return true;
  if (code === 'ERR_MODULE_NOT_FOUND') return isLooseImport(error);
  // The code of syntax errors; older versions of Node use it for enums too.
  if (code === 'ERR_INVALID_TYPESCRIPT_SYNTAX') return /not supported in strip-only mode/.test(error.message);
  // Decorators and JSX reach the parser unchanged, and a type imported as a value is a missing export.
  return isOfParser(error);
}

/**
 * The remedy if the package is CommonJS and the file is an ES module, as after `npm init`; undefined for any other error.
 *
 * @param error from Node, or from the loader that tried after Node
 */
export function moduleTypeAdvice(error: unknown): string | undefined {
  const isOther =
    error instanceof Error && /statement outside a module|with the "cjs" output format/.test(error.message);
  return isOther
    ? 'Its package.json makes it a CommonJS module: `npm pkg set type=module` makes it an ES module, or name it .mts.'
    : undefined;
}

/** The remedy for a module that did not load; undefined if the error itself says enough. */
export function loadAdvice(error: unknown, file: string): string | undefined {
  const known = moduleTypeAdvice(error);
  if (known !== undefined || !isBeyondNode(error, file)) return known;
  return isMissingExport.test(error.message)
    ? 'If it is a type, import it with `import type`.'
    : 'Install tsx (npm install --save-dev tsx) and run the command again: it is used if Node can not load a file. Or make the types strippable by Node: no enums, namespaces, parameter properties or decorators, and imports with the extension .ts.';
}

/** `./lib` or `./lib.js` for `./lib.ts`, which bundlers and tsx resolve and Node does not. */
function isLooseImport(error: Error): boolean {
  const missing = /Cannot find module '([^']+)'/.exec(error.message)?.[1] ?? '';
  return missing.startsWith('/') || /^[A-Za-z]:\\/.test(missing)
    ? ['', '.js', '.mjs', '.cjs'].includes(extname(missing))
    : false;
}

/** The argument of `node --import` for the tsx that is installed beside the file; undefined if there is none. */
export function findTsx(file: string): string | undefined {
  try {
    return pathToFileURL(createRequire(file).resolve('tsx')).href;
  } catch {
    return undefined;
  }
}
