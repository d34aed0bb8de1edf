/** Ways around the type checker, the module system and the output port that the house does not take. */
import ts from 'typescript';
import { type Finding, lineOf, type Rule, type TidyFile } from '../rule.ts';

const ANY_REASON = /\/[/*]\s*any: \S.{8,}/;
const OUTPUT_PACKAGES = new Set(['cli']);
const OUTPUT_FILE = /(?:^|\/)adapters\/|console[a-z0-9-]*\.ts$/;

/** No `any`; where a generic constraint needs one, a comment `any: why` on its line or the one above says so. */
export const noAny: Rule = {
  name: 'no-any',
  summary: 'No any, unless a comment "any: why" stands on its line or the one above.',
  check(file) {
    const lines = file.text.split('\n');
    return findNodes(file, (node) => {
      if (node.kind !== ts.SyntaxKind.AnyKeyword) return undefined;
      const line = lineOf(file.text, node.getStart(file.tree));
      if (ANY_REASON.test(lines[line - 1] ?? '') || ANY_REASON.test(lines[line - 2] ?? '')) return undefined;
      return {
        rule: 'no-any',
        message: "'any' switches the checker off",
        fix: "Use unknown and narrow it, or write '// any: why' beside it.",
      };
    });
  },
};

/** Nothing makes code from strings. */
export const noDynamicCode: Rule = {
  name: 'no-dynamic-code',
  summary: 'No eval, new Function or vm.',
  check(file) {
    const broken = { rule: 'no-dynamic-code', fix: 'Write the code, or parse the value as data.' };
    return findNodes(file, (node) => {
      if (
        (ts.isCallExpression(node) || ts.isNewExpression(node)) &&
        /^(?:globalThis\.)?(?:eval|Function)$/.test(node.expression.getText(file.tree))
      ) {
        return { ...broken, message: `${node.expression.getText(file.tree)} makes code from a string` };
      }
      const isVm =
        ts.isImportDeclaration(node) && /^['"](?:node:)?vm['"]$/.test(node.moduleSpecifier.getText(file.tree));
      return isVm ? { ...broken, message: 'import of vm' } : undefined;
    });
  },
};

/** Packages write nothing to the console: they log through the logger they are given. */
export const noConsole: Rule = {
  name: 'no-console',
  summary: 'No console outside the command line and adapters.',
  check(file) {
    if (file.role !== 'source' || OUTPUT_PACKAGES.has(file.packageName ?? '') || OUTPUT_FILE.test(file.path)) return [];
    return findNodes(file, (node) => {
      if (!ts.isPropertyAccessExpression(node) || node.expression.getText(file.tree) !== 'console') return undefined;
      return {
        rule: 'no-console',
        message: node.getText(file.tree),
        fix: 'Use the logger that is passed in, or move it into an adapters/ folder.',
      };
    });
  },
};

/** One export style: by name. Files that a tool loads by their default export are exempt. */
export const noDefaultExport: Rule = {
  name: 'no-default-export',
  summary: 'Exports have names.',
  check(file) {
    if (/\.config\.ts$|-reporter\.ts$|(?:^|\/)fixtures\//.test(file.path) || file.role === 'test') return [];
    return findNodes(file, (node) => {
      const modifiers = ts.canHaveModifiers(node) ? ts.getModifiers(node) : undefined;
      const isDefault =
        ts.isExportAssignment(node) ||
        modifiers?.some((modifier) => modifier.kind === ts.SyntaxKind.DefaultKeyword) === true;
      return isDefault
        ? { rule: 'no-default-export', message: 'a default export', fix: 'Export it by its name.' }
        : undefined;
    });
  },
};

type Described = Pick<Finding, 'rule' | 'message' | 'fix'>;

function findNodes(file: TidyFile, describe: (node: ts.Node) => Described | undefined): readonly Finding[] {
  const { tree } = file;
  if (tree === undefined) return [];
  const found: Finding[] = [];
  const visit = (node: ts.Node): void => {
    const described = describe(node);
    if (described !== undefined)
      found.push({ ...described, file: file.path, line: lineOf(file.text, node.getStart(tree)) });
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}
