/**
 * Checks that the documentation has the folders of each package as they are: ARCHITECTURE.md the order of the layers, the package's
 * README a row for each folder. `tools/arch/layers.ts` is the source of both.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Layer, LAYERS } from '../arch/layers.ts';
import type { Page } from './pages.ts';

/** Suites and the package's own entry are no layers that a reader looks for. */
const UNNAMED = new Set(['.', 'conformance']);

/** One line for each layer that a page does not have. */
export function checkFolders(pages: readonly Page[], root: string): readonly string[] {
  return Object.entries(LAYERS).flatMap(([name, order]) => {
    const folders = order.flat().filter((folder) => !UNNAMED.has(folder));
    if (folders.length < 3) return [];
    const row = `| \`${name.replace(/^packages\//, '')}\` | ${layersText(order)} |`;
    const readme = pages.find(({ path }) => path === `${name}/README.md`)?.prose ?? '';
    const architecture = pages.find(({ path }) => path === 'ARCHITECTURE.md')?.prose ?? '';
    return [
      ...(architecture.includes(row) ? [] : [`ARCHITECTURE.md [docs-folders] the row has to be: ${row}`]),
      ...folders
        .filter((folder) => !readme.includes(`| \`${folder}/\` |`))
        .map((folder) => `${name}/README.md [docs-folders] no row for \`${folder}/\`. Add it.`),
      ...[...readme.matchAll(/^\| `([\w-]+)\/` \|/gm)]
        .filter(([, folder]) => !existsSync(join(root, name, 'src', folder ?? '')))
        .map(([, folder]) => `${name}/README.md [docs-folders] there is no folder \`${folder}/\`. Take it out.`),
    ];
  });
}

function layersText(order: readonly Layer[]): string {
  return order
    .map((layer) => layer.filter((folder) => !UNNAMED.has(folder)).map((folder) => `\`${folder}\``))
    .filter((layer) => layer.length > 0)
    .map((layer) => layer.join(', '))
    .join(' · ');
}
