/**
 * The core takes time and randomness as arguments, so that a simulation can replay it: the sources of kernel, store, ledger,
 * engine and views never read a clock, arm a timer or draw a random number themselves. The few files that hand the real ones in are adapters,
 * known by their name (`clock`, `random`) or folder (`adapters`).
 */
import ts from 'typescript';
import { type Finding, lineOf, type Rule } from '../rule.ts';

const CORE_PACKAGES = new Set(['kernel', 'store', 'ledger', 'engine', 'views']);
const ADAPTER = /(?:^|\/)adapters\/|(?:^|[/-])(?:clock|random)(?:-[a-z0-9-]+)?\.ts$/;
const FORBIDDEN_MEMBERS = new Map([
  ['Date.now', 'Clock'],
  ['performance.now', 'Clock'],
  ['process.hrtime', 'Clock'],
  ['Temporal.Now', 'Clock'],
  ['AbortSignal.timeout', 'Clock'],
  ['Math.random', 'random'],
  ['crypto.randomUUID', 'random'],
  ['crypto.getRandomValues', 'random'],
  ['crypto.randomBytes', 'random'],
]);
const FORBIDDEN_NAMES = new Map([
  ['setTimeout', 'Clock'],
  ['setInterval', 'Clock'],
]);
const FORBIDDEN_IMPORTS = [
  { pattern: /['"](?:node:)?timers(?:\/promises)?['"]/, instead: 'Clock' },
  {
    pattern: /\b(?:randomUUID|randomBytes|randomInt|getRandomValues)\b[^;]*['"](?:node:)?crypto['"]/,
    instead: 'random',
  },
];

/** No clock, timer or random source in the core outside its adapters. */
export const determinism: Rule = {
  name: 'determinism',
  summary: 'Kernel, store, ledger, engine and views take the clock and randomness as arguments.',
  check({ path, text, role, packageName, tree }) {
    if (tree === undefined || role !== 'source' || !CORE_PACKAGES.has(packageName ?? '') || ADAPTER.test(path))
      return [];
    const found: Finding[] = [];
    const visit = (node: ts.Node): void => {
      const use = ambientUse(node, tree);
      if (use !== undefined) {
        const fix = `Take it from the ${use.instead} that is passed in, or move this into an adapters/ folder.`;
        found.push({
          rule: 'determinism',
          file: path,
          line: lineOf(text, node.getStart(tree)),
          message: `${use.what} in the core`,
          fix,
        });
      }
      ts.forEachChild(node, visit);
    };
    visit(tree);
    return found;
  },
};

interface AmbientUse {
  readonly what: string;
  readonly instead: string;
}

function ambientUse(node: ts.Node, tree: ts.SourceFile): AmbientUse | undefined {
  if (ts.isPropertyAccessExpression(node)) {
    const what = node.getText(tree).replace(/^globalThis\./, '');
    const instead =
      FORBIDDEN_MEMBERS.get(what) ?? (what === node.getText(tree) ? undefined : FORBIDDEN_NAMES.get(what));
    return instead === undefined ? undefined : { what, instead };
  }
  if (ts.isNewExpression(node) && node.expression.getText(tree) === 'Date' && (node.arguments?.length ?? 0) === 0) {
    return { what: 'new Date()', instead: 'Clock' };
  }
  if (ts.isCallExpression(node) && ts.isIdentifier(node.expression)) {
    const what = node.expression.text;
    if (what === 'Date') return { what: 'Date()', instead: 'Clock' };
    const instead = FORBIDDEN_NAMES.get(what);
    return instead === undefined ? undefined : { what, instead };
  }
  if (ts.isImportDeclaration(node)) {
    const what = node.getText(tree);
    const instead = FORBIDDEN_IMPORTS.find(({ pattern }) => pattern.test(what))?.instead;
    return instead === undefined ? undefined : { what: what.replace(/;$/, ''), instead };
  }
  return undefined;
}
