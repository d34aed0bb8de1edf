/** Links of a README that lead nowhere for those who have only the package: relative ones whose file is not in it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const link = /\]\(([^)\s]+)\)/g;

/**
 * @param text the README
 * @param isThere whether the package has a file of this path, from its root
 * @returns the targets of the links that are dead
 */
export function deadLinks(text: string, isThere: (path: string) => boolean): readonly string[] {
  const targets = [...text.matchAll(link)].map(([, target = '']) => target);
  return targets.filter((target) => !/^(?:[a-z]+:|#)/.test(target) && !isThere(target.replace(/[#?].*$/, '')));
}

/** Those of the README in a package's folder. */
export function deadLinksIn(folder: string, text: string): readonly string[] {
  return deadLinks(text, (path) => existsSync(join(folder, path)));
}
