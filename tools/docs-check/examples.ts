/**
 * The code of the documentation as programs. What happens to a ```ts block is said by the word after `ts`:
 * `run`: it is type-checked, run to its end and must exit with 0; `run continued` goes on in the file of the block before it;
 * `check`: it is type-checked only; `fragment`: it is not a program and is left alone. In `docs/` one of them has to be there.
 * A ```text block marked `output` that follows a `run` block is what that program must print.
 */
import type { Block, Page } from './pages.ts';

const MARKS = ['run', 'check', 'fragment'];

/** One program of a page. */
export interface Example {
  readonly page: string;
  /** Line of its first line of code on the page, from 1. */
  readonly line: number;
  readonly runs: boolean;
  /** Padded with empty lines, so that line n of the program is line n of the page. */
  readonly program: string;
  /** The expected output; undefined when the page does not say. */
  readonly output: string | undefined;
}

/** The programs of a page, in their order. */
export function examplesOf(page: Page): readonly Example[] {
  const examples: Example[] = [];
  for (const block of page.blocks) {
    const last = examples.at(-1);
    if (block.language === 'text' && block.marks.includes('output') && last !== undefined) {
      examples[examples.length - 1] = { ...last, output: (last.output ?? '') + block.code };
    } else if (isTypeScript(block) && block.marks.includes('continued') && last !== undefined) {
      examples[examples.length - 1] = { ...last, program: pad(last.program, block) };
    } else if (isTypeScript(block) && (block.marks.includes('run') || block.marks.includes('check'))) {
      const runs = block.marks.includes('run');
      examples.push({ page: page.path, line: block.line, runs, program: pad('', block), output: undefined });
    }
  }
  return examples;
}

/** One line for each block in `docs/` that does not say what is to happen to it. */
export function unmarkedBlocks(page: Page): readonly string[] {
  if (!page.path.startsWith('docs/') && page.path !== 'README.md') return [];
  return page.blocks
    .filter((block) => isTypeScript(block) && !block.marks.some((mark) => MARKS.includes(mark)))
    .map(
      (block) =>
        `${page.path}:${block.line - 1} [docs-example] the block is not checked. Mark it: ts run, ts check or ts fragment.`,
    );
}

function isTypeScript(block: Block): boolean {
  return block.language === 'ts' || block.language === 'typescript';
}

function pad(before: string, block: Block): string {
  const lines = before === '' ? 0 : before.split('\n').length - 1;
  return before + '\n'.repeat(block.line - 1 - lines) + block.code;
}
