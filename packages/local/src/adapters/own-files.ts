/**
 * Where this package's files are: its programs for threads and processes lie beside its code, unless a bundler has put that code
 * into a file of the user's.
 */
import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

/** This package as it is installed, or as it lies in the repository. */
const installed = /[/\\](?:@millrace|packages)[/\\]local[/\\](?:src|dist)[/\\]/;

/** The program beside this package's code; null where a bundle has that code, because the program is in it too. */
export function ownProgram(folder: 'adapters' | 'isolation', name: string): URL | null {
  const script = ownScript();
  if (script === null || !installed.test(script)) return null;
  const base = script.startsWith('file:') ? script : pathToFileURL(script);
  // Built, all of the package's files are in one folder.
  const program = new URL(script.endsWith('.ts') ? `../${folder}/${name}.ts` : `./${name}.js`, base);
  return existsSync(program) ? program : null;
}

/**
 * The file that this code was loaded from, as a path or a `file:` URL; null where it is in none.
 *
 * Read from the stack, because what bundlers make of `import.meta.url` is undefined in one and the name of a file that is
 * not there in another.
 */
export function ownScript(): string | null {
  const { prepareStackTrace } = Error;
  try {
    Error.prepareStackTrace = (_, sites) => sites;
    const sites: unknown = new Error().stack;
    const file = Array.isArray(sites) ? (sites as NodeJS.CallSite[])[0]?.getFileName() : undefined;
    return file != null && /^(?:file:|\/|[A-Za-z]:\\)/.test(file) && !/\[\w+\]$/.test(file) ? file : null;
  } finally {
    // As it was: undefined there means that Node formats stacks itself.
    Error.prepareStackTrace = prepareStackTrace as NonNullable<typeof prepareStackTrace>;
  }
}
