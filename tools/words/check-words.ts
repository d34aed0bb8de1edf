/**
 * Finds refused words in one file: in its name, in the names that it declares (a use is found where the name is declared), in its
 * comments and, for sources, in its strings. It knows nothing of the debt: see `debt.ts`.
 */
import ts from 'typescript';
import { type Finding, lineOf, type TidyFile } from '../tidy/rule.ts';
import { commentsOf } from './comments.ts';
import { REFUSED_NAMES, REFUSED_PHRASES } from './refused.ts';

/** Every refused word of the file. */
export function checkWords(file: TidyFile): readonly Finding[] {
  const { tree, path, text, role } = file;
  if (tree === undefined) return [];
  const found: Finding[] = [];
  const add = (position: number, message: string, use: string): void => {
    found.push({ rule: 'word', file: path, line: lineOf(text, position), message, fix: `Use ${use}.` });
  };
  for (const segment of path.split('/')) {
    const refused = refusedIn(segment.replace(/\..*$/, ''), path);
    if (refused !== undefined) add(0, `'${segment}' is named after '${refused.word}'`, refused.use);
  }
  for (const name of declaredNames(tree)) {
    const refused = refusedIn(name.text, path);
    if (refused !== undefined) add(name.getStart(tree), `the name '${name.text}'`, refused.use);
  }
  for (const comment of commentsOf(tree)) {
    for (const { pattern, use } of REFUSED_PHRASES) {
      for (const match of comment.text.matchAll(pattern))
        add(comment.position, `'${excerpt(comment.text, match)}' in a comment`, use);
    }
  }
  if (role !== 'source') return found;
  for (const message of stringsOf(tree)) {
    for (const { pattern, use, inMessages } of REFUSED_PHRASES) {
      if (inMessages !== true) continue;
      for (const match of message.text.matchAll(pattern))
        add(message.getStart(tree), `'${excerpt(message.text, match)}' in a message`, use);
    }
  }
  return found;
}

function refusedIn(name: string, path: string): { readonly word: string; readonly use: string } | undefined {
  const words = wordsOf(name);
  for (const { words: refused, use, except, publicIn } of REFUSED_NAMES) {
    const word = words.find((one) => refused.includes(one));
    if (word !== undefined && except?.test(name) !== true && publicIn?.test(path) !== true) return { word, use };
  }
  return undefined;
}

/** The words of a name in camel, kebab or upper case, in lower case. */
function wordsOf(name: string): readonly string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1-$2')
    .split(/[^A-Za-z0-9]+/)
    .map((word) => word.toLowerCase());
}

/** The few words around a match. */
function excerpt(text: string, match: RegExpExecArray): string {
  return text
    .slice(Math.max(0, match.index - 20), match.index + match[0].length + 20)
    .replaceAll('\n', ' ')
    .trim();
}

function declaredNames(tree: ts.SourceFile): readonly ts.Identifier[] {
  return nodesOf(tree).flatMap((node) => {
    const named = ts.isNamedExports(node.parent) || ts.isImportClause(node) || ts.isImportSpecifier(node);
    if (named || ts.isPropertyAccessExpression(node) || ts.isMetaProperty(node)) return [];
    const name = 'name' in node ? (node.name as ts.Node | undefined) : undefined;
    return name !== undefined && (ts.isIdentifier(name) || ts.isPrivateIdentifier(name)) ? [name as ts.Identifier] : [];
  });
}

function stringsOf(tree: ts.SourceFile): readonly ts.LiteralLikeNode[] {
  return nodesOf(tree).filter(
    (node) => ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node),
  );
}

function nodesOf(tree: ts.SourceFile): readonly ts.Node[] {
  const nodes: ts.Node[] = [];
  const visit = (node: ts.Node): void => {
    if (node !== tree) nodes.push(node);
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return nodes;
}
