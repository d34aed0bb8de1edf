/** Which version of the command this is: read from the package's own manifest, so that it is written down once. */
import { readFileSync } from 'node:fs';

/** The version in package.json, such as `0.1.0`. */
export function cliVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest
    ? String(manifest.version)
    : 'unknown';
}
