/** The list of checks, cheap ones first. A check is one or more programs for Node; it passes when all end with 0. */
import { globSync } from 'node:fs';
import { join } from 'node:path';

/** One check of `npm run ci`. */
export interface Check {
  readonly name: string;
  /** The meaning of a pass, in a few words. */
  readonly proves: string;
  /** Arguments for Node, one list a program. */
  readonly programs: readonly (readonly string[])[];
  /** The command that repairs most of its findings; printed when it fails. */
  readonly repair?: string;
  /** Files to delete before it starts. */
  readonly removes?: (root: string) => readonly string[];
}

/** Every check, in the order in which they run. */
export const CHECKS: readonly Check[] = [
  {
    name: 'build',
    proves: 'every package compiles from clean',
    programs: [['scripts/build.mjs']],
    removes: (root) => globSync('{packages,integrations}/*/dist', { cwd: root }).map((path) => join(root, path)),
  },
  {
    name: 'types',
    proves: 'sources, tests, tools and examples have no type errors',
    programs: [['scripts/type-check.mjs']],
  },
  {
    name: 'format',
    proves: 'formatting and lint',
    programs: [['node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.']],
    repair: ' or repaired with: npm run format',
  },
  { name: 'tidy', proves: 'the house rules', programs: [['tools/tidy/main.ts']] },
  {
    name: 'words',
    proves: 'one word for each thing, and comments that name their subject',
    programs: [['tools/words/main.ts']],
    repair: '. What is mended leaves the debt with: node tools/words/main.ts --lower',
  },
  {
    name: 'arch',
    proves: 'packages and folders import only what they may, with no cycle',
    programs: [['tools/arch/main.ts']],
  },
  {
    name: 'unused',
    proves: 'no unused file, export or dependency, and none undeclared',
    programs: [['node_modules/knip/bin/knip.js', '--no-progress', '--no-config-hints']],
    repair: '. Remove what is named, or declare the dependency in the package that imports it',
  },
  { name: 'duplicates', proves: 'no 12 lines stand twice', programs: [['tools/duplicates/main.ts']] },
  { name: 'api-docs', proves: 'every export is documented', programs: [['tools/api-docs/main.ts']] },
  {
    name: 'api-report',
    proves: 'the public shape is the one that was meant',
    programs: [['tools/api-report/main.ts', '--check']],
  },
  { name: 'docs', proves: 'what the documentation names is there', programs: [['tools/docs-check/main.ts']] },
  {
    name: 'pack',
    proves: 'the packs install, resolve and stay small',
    programs: [['tools/pack/main.ts'], ['tools/pack/check.ts']],
  },
  { name: 'test', proves: 'the tests and type tests', programs: [['scripts/test.mjs']] },
];
