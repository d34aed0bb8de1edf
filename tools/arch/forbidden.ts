/**
 * The rules that dependency-cruiser checks, made from the tables of packages and of folders. The `comment` of a rule is the way out that is printed.
 * Type-only imports count like any other: a cycle of types is as hard to read as one of values.
 */
import type { IForbiddenRuleType } from 'dependency-cruiser';
import { ARROWS } from './arrows.ts';
import { type FolderArrows, folderArrows, type LayerTable } from './layers.ts';

const FOLDERS = Object.keys(ARROWS);
const TESTS = '[.](?:test|test-d|bench)[.]ts$';

function arrowRule(folder: string): IForbiddenRuleType {
  const allowed = [folder, ...(ARROWS[folder] ?? [])];
  const others = FOLDERS.filter((other) => !allowed.includes(other));
  return {
    name: `arrow-${folder}`,
    severity: 'error',
    comment: `${folder} may import only ${allowed.slice(1).join(', ') || 'no other package'}: move the code down, or take it through a port.`,
    from: { path: `^${folder}/` },
    to: { path: others.map((other) => `^${other}/`) },
  };
}

/** Tests may import from any folder of their package: they prove it, and nothing is built on them. */
function folderRule({ package: name, folder, mayImport }: FolderArrows): IForbiddenRuleType {
  const pathOf = (other: string): string => `^${name}/src/${other === '.' ? '[^/]+$' : `${other}/`}`;
  return {
    name: `layer-${name}/src/${folder}`,
    severity: 'error',
    comment: `${folder} may import only ${mayImport.join(', ') || 'no other folder'}: move the code down, or take it as an argument.`,
    from: { path: pathOf(folder), pathNot: TESTS },
    to: { path: `^${name}/src/`, pathNot: [folder, ...mayImport].map(pathOf) },
  };
}

/** Every rule, the arrows of packages and folders first. */
export function forbiddenRules(layers: LayerTable): readonly IForbiddenRuleType[] {
  return [...FOLDERS.map(arrowRule), ...folderArrows(layers).map(folderRule), ...EVERYWHERE];
}

const holderSide = '(?:holder|session)/';
const useCaseSide = '(?:use-cases|ending|coordination)/';

const EVERYWHERE: readonly IForbiddenRuleType[] = [
  {
    name: 'no-cycle',
    severity: 'error',
    comment: 'Move what both need into a third file below them.',
    from: {},
    to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
  },
  {
    name: 'no-type-cycle',
    severity: 'error',
    comment: 'Move the type that both need into a third file below them.',
    from: {},
    to: { circular: true },
  },
  {
    name: 'no-deep-import',
    severity: 'error',
    comment: 'Import the package by its name, and export from its entry what is missing there.',
    from: { path: '^((?:packages|integrations)/[^/]+)/' },
    to: { path: '^(?:packages|integrations)/', pathNot: ['^$1/', '^packages/[^/]+/src/[^/]+[.]ts$'] },
  },
  {
    name: 'no-relative-import-across-packages',
    severity: 'error',
    comment: 'Import the package by its name.',
    from: { path: '^((?:packages|integrations)/[^/]+)/' },
    to: { path: '^(?:packages|integrations|tests|bench|tools|examples)/', pathNot: '^$1/', dependencyTypes: ['local'] },
  },
  {
    name: 'no-import-of-own-entry',
    severity: 'error',
    comment: 'Import the file that defines the name; an entry file is for other packages.',
    from: {
      path: '^((?:packages|integrations)/[^/]+)/src/',
      pathNot: [TESTS, '/conformance/', '^(?:packages|integrations)/[^/]+/src/[^/]+[.]ts$'],
    },
    to: { path: '^$1/src/index[.]ts$' },
  },
  {
    name: 'no-import-of-tests',
    severity: 'error',
    comment: 'Move what the sources need out of the test.',
    from: { pathNot: [TESTS, '^tests/'] },
    to: { path: [TESTS, '^tests/'] },
  },
  {
    name: 'pure-package',
    severity: 'error',
    comment: 'Kernel and views run anywhere and do no input or output: take what is needed as an argument.',
    from: { path: '^packages/(?:kernel|views)/src/', pathNot: TESTS },
    to: { dependencyTypes: ['core'] },
  },
  ...[
    [holderSide, useCaseSide],
    [useCaseSide, holderSide],
  ].map(
    ([from, to]): IForbiddenRuleType => ({
      name: 'journal-between',
      severity: 'error',
      comment: 'Use cases know no session and no execution, which reach them only through the journal port.',
      from: { path: `^packages/ledger/src/${from}`, pathNot: TESTS },
      to: { path: `^packages/ledger/src/${to}` },
    }),
  ),
  {
    name: 'no-undeclared-dependency',
    severity: 'error',
    comment: "Add it to the dependencies of the package's own package.json.",
    from: { path: '^(?:packages|integrations)/', pathNot: [TESTS, '/conformance/'] },
    to: {
      dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
      dependencyTypesNot: ['npm-peer'],
      pathNot: '^(?:packages|integrations)/',
    },
  },
  {
    name: 'no-unresolved-import',
    severity: 'error',
    comment: 'The file or package does not exist.',
    from: {},
    to: { couldNotResolve: true },
  },
];
