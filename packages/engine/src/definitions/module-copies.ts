/**
 * Whether two files are copies of one module: a package that has itself both as CommonJS and as an ES module, or that is
 * installed twice. Only their paths are compared.
 */
import type { Definition } from './definition.ts';

/** Names of folders for one format of a build. */
const formats = new Set(['cjs', 'esm', 'mjs', 'commonjs', 'module']);
/** The same, in installed packages only: a project may use such names for folders with different contents. */
const formatsOfPackages = new Set([...formats, 'dist', 'lib', 'es', 'build', 'import', 'require', 'node']);

/** Whether both were made by one module under two paths. */
export function isCopyOf(one: Definition, other: Definition): boolean {
  const first = partsOf(one.location?.script.path ?? '');
  const second = partsOf(other.location?.script.path ?? '');
  if (first.module !== second.module) return false;
  // Two installations may be two versions.
  return first.root === second.root || one.body.toString() === other.body.toString();
}

function partsOf(path: string): { readonly root: string; readonly module: string } {
  const segments = path.replace(/\.[cm]?[jt]sx?$/, '').split(/[/\\]/);
  const installed = segments.lastIndexOf('node_modules') + 1;
  const known = installed > 0 ? formatsOfPackages : formats;
  return {
    root: segments.slice(0, installed).join('/'),
    module: segments
      .slice(installed)
      .filter((segment) => !known.has(segment))
      .join('/'),
  };
}
