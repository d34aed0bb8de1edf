/** File and folder names are kebab-case nouns that say what is inside. A name that fits anything says nothing. */
import type { Rule } from '../rule.ts';

const EMPTY_NAMES = new Set([
  'utils',
  'util',
  'helpers',
  'helper',
  'common',
  'misc',
  'types',
  'base',
  'manager',
  'service',
]);
const EMPTY_ENDING = /-(?:utils?|helpers?|misc|common)$/;
const KEBAB = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;

/** No file or folder is named `utils`, `types` and the like, and code files are kebab-case. */
export const fileNames: Rule = {
  name: 'file-name',
  summary: 'Files are kebab-case nouns; never utils, helpers, common, misc, types, base, manager, service.',
  check({ path, tree }) {
    if (tree === undefined) return [];
    const parts = path.split('/').map((part) => part.replace(/\..*$/, ''));
    const empty = parts.find((part) => EMPTY_NAMES.has(part) || EMPTY_ENDING.test(part));
    if (empty !== undefined) {
      const fix = 'Name it after the one concept it holds, or move its parts to where they are used.';
      return [{ rule: 'file-name', file: path, line: 1, message: `'${empty}' says nothing about what is inside`, fix }];
    }
    const odd = parts.find((part) => part !== '' && !KEBAB.test(part));
    if (odd === undefined) return [];
    return [
      {
        rule: 'file-name',
        file: path,
        line: 1,
        message: `'${odd}' is not kebab-case`,
        fix: 'Rename it, such as run-tree.ts.',
      },
    ];
  },
};
