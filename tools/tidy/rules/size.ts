/** Files, functions and parameter lists stay small enough to be read in one go. The numbers are the house's hard stops, not its aims. */
import ts from 'typescript';
import { type Finding, lineOf, type Rule } from '../rule.ts';

const FILE_LINES_MAX = 400;
const TEST_FILE_LINES_MAX = 700;
const FUNCTION_LINES_MAX = 70;
const PARAMETERS_MAX = 3;

/** A file has at most 400 lines, a test 700; migrations are data and exempt. */
export const fileSize: Rule = {
  name: 'file-size',
  summary: `A file has at most ${FILE_LINES_MAX} lines, a test ${TEST_FILE_LINES_MAX}.`,
  check({ path, text, role, tree }) {
    if (tree === undefined || path.includes('/migrations/')) return [];
    const count = text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
    const max = role === 'test' ? TEST_FILE_LINES_MAX : FILE_LINES_MAX;
    if (count <= max) return [];
    const fix = 'Move one concept into a file of its own.';
    return [{ rule: 'file-size', file: path, line: 1, message: `${count} lines, at most ${max}`, fix }];
  },
};

/** A function, closures included, has at most 70 lines. The callbacks of tests are exempt. */
export const functionSize: Rule = {
  name: 'function-size',
  summary: `A function has at most ${FUNCTION_LINES_MAX} lines.`,
  check({ path, text, role, tree }) {
    if (tree === undefined || role === 'test' || path.includes('/migrations/')) return [];
    return functionsIn(tree).flatMap((node): readonly Finding[] => {
      const first = lineOf(text, node.getStart(tree));
      const count = lineOf(text, node.getEnd()) - first + 1;
      if (count <= FUNCTION_LINES_MAX) return [];
      const message = `${nameOf(node)} has ${count} lines, at most ${FUNCTION_LINES_MAX}`;
      return [
        { rule: 'function-size', file: path, line: first, message, fix: 'Name its steps and let it only call them.' },
      ];
    });
  },
};

/** A function takes at most three parameters. */
export const parameterCount: Rule = {
  name: 'parameter-count',
  summary: `A function takes at most ${PARAMETERS_MAX} parameters.`,
  check({ path, text, role, tree }) {
    if (tree === undefined || role === 'test') return [];
    return functionsIn(tree).flatMap((node): readonly Finding[] => {
      const count = node.parameters.filter((parameter) => parameter.name.getText(tree) !== 'this').length;
      if (count <= PARAMETERS_MAX) return [];
      const message = `${nameOf(node)} takes ${count} parameters, at most ${PARAMETERS_MAX}`;
      const fix = 'Pass one Readonly options object instead.';
      return [{ rule: 'parameter-count', file: path, line: lineOf(text, node.getStart(tree)), message, fix }];
    });
  },
};

type FunctionWithBody = ts.FunctionLikeDeclaration & { readonly body: ts.Node };

function functionsIn(tree: ts.SourceFile): readonly FunctionWithBody[] {
  const found: FunctionWithBody[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && 'body' in node && node.body !== undefined) found.push(node as FunctionWithBody);
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

function nameOf(node: FunctionWithBody): string {
  if (ts.isConstructorDeclaration(node)) return 'the constructor';
  if (node.name !== undefined) return node.name.getText();
  const { parent } = node;
  const named = ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent) || ts.isPropertyDeclaration(parent);
  return named ? parent.name.getText() : 'an unnamed function';
}
