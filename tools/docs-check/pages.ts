/** The documentation as the checks see it: each page's text with its code blocks cut out and numbered by line. */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root folder. */
export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** A fenced block of code on a page. */
export interface Block {
  /** Line of the first line of code, from 1. */
  readonly line: number;
  /** The word after the opening fence, such as `ts`. */
  readonly language: string;
  /** The words after the language, such as `run`. */
  readonly marks: readonly string[];
  readonly code: string;
}

/** A page of documentation. */
export interface Page {
  /** Path from the root, with forward slashes. */
  readonly path: string;
  /** The text with the lines inside code blocks left empty, so that line numbers stay. */
  readonly prose: string;
  readonly blocks: readonly Block[];
}

/** Every page that users or contributors read. */
export function readPages(root: string = ROOT): readonly Page[] {
  const patterns = ['*.md', 'docs/**/*.md', '{packages,integrations}/*/*.md', '{bench,examples,tests,tools}/**/*.md'];
  return globSync(patterns, { cwd: root, exclude: (path) => /(?:^|[\\/])(?:node_modules|dist|fixtures)$/.test(path) })
    .map((path) => path.replaceAll('\\', '/'))
    .sort()
    .map((path) => parsePage(path, readFileSync(join(root, path), 'utf8')));
}

/** Cuts a page's text into prose and blocks. */
export function parsePage(path: string, text: string): Page {
  const blocks: Block[] = [];
  const prose: string[] = [];
  let open: { fence: string; line: number; info: readonly string[]; code: string[] } | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    const fence = /^\s*(`{3,}|~{3,})\s*(.*)$/.exec(line);
    if (open === undefined && fence !== null) {
      open = { fence: fence[1] ?? '', line: index + 2, info: (fence[2] ?? '').trim().split(/\s+/), code: [] };
    } else if (open !== undefined && line.trim() === open.fence) {
      const [language = '', ...marks] = open.info;
      blocks.push({ line: open.line, language, marks, code: `${open.code.join('\n')}\n` });
      open = undefined;
    } else if (open !== undefined) {
      open.code.push(line);
      prose.push('');
      continue;
    }
    prose.push(fence === null ? line : '');
  }
  return { path, prose: prose.join('\n'), blocks };
}
