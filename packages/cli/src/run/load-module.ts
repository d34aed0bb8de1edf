/**
 * Loads the user's module as Node itself does: TypeScript by type stripping. What Node can't strip is told apart from errors of
 * the module's own code, so that the caller can try again under tsx before anything of it has run.
 */
import { createRequire } from 'node:module';
import { extname } from 'node:path';
import { pathToFileURL } from 'node:url';

export type Loaded =
  | { readonly status: 'loaded'; readonly exports: Readonly<Record<string, unknown>> }
  /** Its code ran, and threw. */
  | { readonly status: 'threw'; readonly error: unknown }
  /** Node can't load it as it is written; none of its code ran. */
  | { readonly status: 'unsupported'; readonly error: Error };

const typeStrippingCodes = new Set([
  'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX',
  'ERR_INVALID_TYPESCRIPT_SYNTAX',
  'ERR_UNKNOWN_FILE_EXTENSION',
  'ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING',
  'ERR_UNSUPPORTED_DIR_IMPORT',
]);
const typescript = /\.[cm]?tsx?$/;

/** Imports the file. Never rejects. */
export async function loadModule(file: string): Promise<Loaded> {
  try {
    return { status: 'loaded', exports: (await import(pathToFileURL(file).href)) as Readonly<Record<string, unknown>> };
  } catch (error) {
    return isBeyondNode(error, file) ? { status: 'unsupported', error } : { status: 'threw', error };
  }
}

function isBeyondNode(error: unknown, file: string): error is Error {
  if (!(error instanceof Error) || !typescript.test(file)) return false;
  const { code } = error as NodeJS.ErrnoException;
  if (code !== undefined && typeStrippingCodes.has(code)) return true;
  if (code === 'ERR_MODULE_NOT_FOUND') return isLooseImport(error);
  // Decorators and JSX reach the parser as they are.
  return error instanceof SyntaxError && typescript.test(extnameOf(error));
}

/**
 * What to do where the package says CommonJS and the file is an ES module, as after `npm init`; undefined where that is not what is wrong.
 *
 * @param error Node's, or the one of the loader that tried it after Node
 */
export function moduleTypeAdvice(error: unknown): string | undefined {
  const isOther =
    error instanceof Error && /statement outside a module|with the "cjs" output format/.test(error.message);
  return isOther
    ? 'Its package.json makes it a CommonJS module: `npm pkg set type=module` makes it an ES module, or name it .mts.'
    : undefined;
}

/** `./lib` or `./lib.js` for `./lib.ts`: what bundlers and tsx find and Node does not. */
function isLooseImport(error: Error): boolean {
  const missing = /Cannot find module '([^']+)'/.exec(error.message)?.[1] ?? '';
  return missing.startsWith('/') || /^[A-Za-z]:\\/.test(missing)
    ? ['', '.js', '.mjs', '.cjs'].includes(extname(missing))
    : false;
}

/** The file that the parser stopped in: the first line of its stack. */
function extnameOf(error: Error): string {
  return /^(?:file:\/\/)?(.*?):\d+\s*$/m.exec(error.stack?.split('\n')[0] ?? '')?.[1] ?? '';
}

/** What `node --import` takes for tsx, as it is installed beside the file; undefined where it is not. */
export function findTsx(file: string): string | undefined {
  try {
    return pathToFileURL(createRequire(file).resolve('tsx')).href;
  } catch {
    return undefined;
  }
}
