/**
 * Tests wait for what they expect, or move a virtual clock: a delay that hopes for something to have happened fails on a busy machine
 * and costs its time on an idle one. Programs that tests run in processes of their own take time as users' programs do.
 */
import ts from 'typescript';
import { type Finding, lineOf, type Rule } from '../rule.ts';

const REASON = /\/\/ sleep: \S.{8,}/;
const PROGRAM = /\/programs\/|^tests\/(?:processes|crash|cli|simulation)\//;

/** No real delay in a test, but where a comment `sleep: why` stands on its line or the one above. */
export const noSleep: Rule = {
  name: 'no-sleep',
  summary: 'No real delay in a test, unless a comment "sleep: why" stands on its line or the one above.',
  check({ path, text, role, tree }) {
    if (tree === undefined || role !== 'test' || PROGRAM.test(path)) return [];
    const sleepers = promisedTimers(tree);
    const lines = text.split('\n');
    const found: Finding[] = [];
    const visit = (node: ts.Node): void => {
      if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && isSleep(node, sleepers)) {
        const line = lineOf(text, node.getStart(tree));
        if (!REASON.test(lines[line - 1] ?? '') && !REASON.test(lines[line - 2] ?? '')) {
          const fix =
            "Wait for the event itself (a promise, expect.poll, virtual time), or write '// sleep: why' beside it.";
          found.push({ rule: 'no-sleep', file: path, line, message: 'a real delay in a test', fix });
        }
      }
      ts.forEachChild(node, visit);
    };
    visit(tree);
    return found;
  },
};

/** Local names of `setTimeout` from node:timers/promises. */
function promisedTimers(tree: ts.SourceFile): ReadonlySet<string> {
  const names = new Set<string>();
  for (const statement of tree.statements) {
    if (!ts.isImportDeclaration(statement) || !/timers\/promises['"]$/.test(statement.moduleSpecifier.getText(tree)))
      continue;
    const bindings = statement.importClause?.namedBindings;
    if (bindings === undefined || !ts.isNamedImports(bindings)) continue;
    for (const { name, propertyName } of bindings.elements) {
      if ((propertyName ?? name).getText(tree) === 'setTimeout') names.add(name.text);
    }
  }
  return names;
}

/** A promised timer, or `setTimeout(resolve, ms)`: a callback given by name, such as a promise's, does nothing but go on. */
function isSleep(call: ts.CallExpression, sleepers: ReadonlySet<string>): boolean {
  const name = (call.expression as ts.Identifier).text;
  if (sleepers.has(name)) return true;
  const [callback] = call.arguments;
  return (
    name === 'setTimeout' &&
    callback !== undefined &&
    ts.isIdentifier(callback) &&
    /^(?:resolve|done)$/.test(callback.text)
  );
}
