/**
 * Finds this package's files. The programs for threads and processes are beside its code, unless a bundler has moved that code into a file
 * of the user's program.
 */
import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

/** The path of this package as installed or in the repository. */
const installed = /[/\\](?:@millrace|packages)[/\\]local[/\\](?:src|dist)[/\\]/;

/** The program beside this package's code; null in a bundle. */
export function ownProgram(folder: 'adapters' | 'isolation', name: string): URL | null {
  const script = ownScript();
  if (script === null || !installed.test(script)) return null;
  const base = script.startsWith('file:') ? script : pathToFileURL(script);
  // After the build all files of the package are in one folder.
  const program = new URL(script.endsWith('.ts') ? `../${folder}/${name}.ts` : `./${name}.js`, base);
  return existsSync(program) ? program : null;
}

/**
 * The file that this code was loaded from, as a path or a `file:` URL; null if it came from no file.
 *
 * Read from the stack, because bundlers replace `import.meta.url` by undefined or by the name of a file that does not exist.
 */
export function ownScript(): string | null {
  const { prepareStackTrace } = Error;
  try {
    Error.prepareStackTrace = (_, sites) => sites;
    const sites: unknown = new Error().stack;
    const file = Array.isArray(sites) ? (sites as NodeJS.CallSite[])[0]?.getFileName() : undefined;
    return file != null && /^(?:file:|\/|[A-Za-z]:\\)/.test(file) && !/\[\w+\]$/.test(file) ? file : null;
  } finally {
    // Undefined is a valid value here: Node then formats stacks itself.
    Error.prepareStackTrace = prepareStackTrace as NonNullable<typeof prepareStackTrace>;
  }
}
