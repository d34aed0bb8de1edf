/** The packages of the repository that are published, read from their own package.json files. */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root folder. */
export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** The parts of a package.json that the tools read. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  /** The package's files beside its package.json, README and license. */
  readonly files?: readonly string[];
  readonly exports?: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly scripts?: Readonly<Record<string, string>>;
}

/** One published package. */
export interface Workspace {
  /** Folder from the root, such as `packages/kernel`. */
  readonly folder: string;
  readonly manifest: Manifest;
}

/** Reads a package.json. */
export function readManifest(file: string): Manifest {
  return JSON.parse(readFileSync(file, 'utf8')) as Manifest;
}

/** Every package that is published, in the order of their folders. */
export function publishedWorkspaces(): readonly Workspace[] {
  return globSync('{packages,integrations}/*/package.json', { cwd: ROOT })
    .sort()
    .map((path) => ({ folder: dirname(path).replaceAll('\\', '/'), manifest: readManifest(join(ROOT, path)) }))
    .filter(({ manifest }) => manifest.private !== true);
}

/** The file name that `npm pack` gives to a package's tarball. */
export function tarballName({ name, version }: Manifest): string {
  return `${name.replace(/^@/, '').replaceAll('/', '-')}-${version}.tgz`;
}
