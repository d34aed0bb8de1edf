/**
 * Makes sure that `node_modules` holds what the lockfile says. npm's own record of what it installed is compared with the
 * lockfile, so an install by hand counts as well as ours, and nothing is installed twice.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, runNpm } from './run.mjs';

/** Runs `npm ci` unless everything that the lockfile names is there. Throws when npm fails. */
export function ensureInstalled() {
  if (isInstalled(readLock('package-lock.json'), readLock('node_modules/.package-lock.json'))) return;
  process.stderr.write('Installing the dependencies (npm ci) ...\n');
  const code = runNpm(['ci', '--no-audit', '--no-fund']);
  if (code !== 0)
    throw new Error(
      `npm ci ended with ${code}. Its message is above; the registry has to be reachable for a first install.`,
    );
}

/** Whether an installed lock holds every required package of the wanted one, in the same version. */
export function isInstalled(wanted, installed) {
  if (wanted === undefined || installed === undefined) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.includes('node_modules/')) return true;
    const found = installed[path];
    if (found === undefined) return entry.optional === true || entry.devOptional === true;
    return found.version === entry.version && (entry.link !== true || existsSync(join(ROOT, path)));
  });
}

function readLock(path) {
  const file = join(ROOT, path);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).packages : undefined;
}
