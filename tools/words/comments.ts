/** The comments of a file as a reader meets them: each as one line of text, with consecutive `//` lines as one comment. */
import ts from 'typescript';

/** One comment without its marks. */
export interface Comment {
  readonly text: string;
  /** Where it begins in the file. */
  readonly position: number;
}

/** Every comment of the file, in order. */
export function commentsOf(tree: ts.SourceFile): readonly Comment[] {
  const { text } = tree;
  const ranges = new Map<number, ts.CommentRange>();
  const visit = (node: ts.Node): void => {
    for (const child of node.getChildren(tree)) {
      if (ts.isJSDoc(child)) continue;
      if (child.getChildCount(tree) === 0) {
        const around = [
          ...(ts.getLeadingCommentRanges(text, child.pos) ?? []),
          ...(ts.getTrailingCommentRanges(text, child.end) ?? []),
        ];
        for (const range of around) ranges.set(range.pos, range);
      }
      visit(child);
    }
  };
  visit(tree);
  const ordered = [...ranges.values()].sort((a, b) => a.pos - b.pos);
  return joinLines(ordered, text).map(({ pos, end }) => ({ position: pos, text: plainText(text.slice(pos, end)) }));
}

function joinLines(ranges: readonly ts.CommentRange[], text: string): readonly ts.TextRange[] {
  const joined: { pos: number; end: number; isLine: boolean }[] = [];
  for (const { pos, end, kind } of ranges) {
    const isLine = kind === ts.SyntaxKind.SingleLineCommentTrivia;
    const last = joined.at(-1);
    if (isLine && last?.isLine === true && /^\n[ \t]*$/.test(text.slice(last.end, pos))) last.end = end;
    else joined.push({ pos, end, isLine });
  }
  return joined;
}

function plainText(comment: string): string {
  return comment
    .replace(/^\/\*+|\*\/$/g, '')
    .replace(/^[ \t]*(?:\*|\/\/)[ \t]?/gm, '')
    .replace(/\s+/g, ' ')
    .trim();
}
