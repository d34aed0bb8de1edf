/**
 * Turns a package.json of the repository into the one that is published. The repository's has what only the repository needs:
 * development dependencies, scripts, and the `millrace-source` condition, whose files are not in the tarball.
 */
import type { Manifest } from './workspaces.ts';

const SOURCE_CONDITION = 'millrace-source';

/** Returns the published form; the argument is left as it is. */
export function publishedManifest(manifest: Manifest): Manifest {
  const { scripts: _scripts, ...rest } = manifest as Manifest & { readonly devDependencies?: unknown };
  const { devDependencies: _devDependencies, ...published } = rest;
  if (published.exports === undefined) return published;
  const exports = Object.fromEntries(
    Object.entries(published.exports).map(([path, target]) => [path, withoutSource(target)]),
  );
  return { ...published, exports };
}

function withoutSource(target: string | Readonly<Record<string, string>>): string | Readonly<Record<string, string>> {
  if (typeof target === 'string') return target;
  return Object.fromEntries(Object.entries(target).filter(([condition]) => condition !== SOURCE_CONDITION));
}
