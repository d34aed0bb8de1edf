/** The version of the command, read from the package's own manifest so that it is written down once. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ownPackageFolder } from './own-package.ts';

/** The version in package.json, such as `0.1.0`. */
export function cliVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(join(ownPackageFolder, 'package.json'), 'utf8'));
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest
    ? String(manifest.version)
    : 'unknown';
}
